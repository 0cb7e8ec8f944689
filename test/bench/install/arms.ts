import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { withSite } from '../../../installer/actions/open-site.ts';
import { silentEvents } from '../../../installer/base/events.ts';
import { productDirectory } from '../../../installer/base/files.ts';
import type { Lab } from '../../../installer/lab/lab.ts';
import { clusterReady } from './cluster-ready.ts';
import { PeakMemory } from './peak-memory.ts';
import { makeStage } from './stage.ts';

/** One way to get from three bare hosts to a cluster. */
export interface Arm {
  readonly name: string;
  readonly title: string;
  run(world: BenchWorld): Promise<ArmRun>;
}

export interface BenchWorld {
  readonly lab: Lab;
  readonly siteDirectory: string;
  readonly bundleFile: string;
  readonly signal: AbortSignal;
}

export interface ArmRun {
  /** From the command's start to three Ready nodes, in milliseconds. */
  readonly readyMs: number;
  /** Of the whole install, by name of the phase, in milliseconds. */
  readonly phases?: ReadonlyMap<string, number>;
  /** Most resident memory by kind of process, in bytes. */
  readonly peaks?: ReadonlyMap<string, number>;
}

/** The whole install; measured is the moment at which the cluster is ready, and what follows by phase. */
export const ours: Arm = {
  name: 'perimeter',
  title: 'perimeter install',
  async run({ lab, siteDirectory, bundleFile, signal }) {
    const memory = new PeakMemory({
      installer: new RegExp(`installer/main\\.ts install ${siteDirectory} `),
      agent: /^\/\S*perimeter\/\S+ .*\/var\/lib\/perimeter\/agent/,
    });
    const startedAt = performance.now();
    const launcher = productDirectory('installer', 'launch.mjs');
    const argv = ['install', siteDirectory, '--bundle', bundleFile, '--output', 'json'];
    const child = spawn(process.execPath, [launcher, ...argv], { stdio: ['ignore', 'pipe', 'inherit'] });
    const phases = new Map<string, number>();
    createInterface({ input: child.stdout }).on('line', (text) => {
      const line = JSON.parse(text) as {
        kind: string;
        scope?: readonly string[];
        ms?: number;
        message?: string;
      };
      const [name] = line.scope ?? [];
      if (line.kind === 'done' && line.scope?.length === 1 && name !== undefined)
        phases.set(name, line.ms ?? 0);
      if (line.kind === 'fail') process.stderr.write(`${line.scope?.join(' ')}: ${line.message}\n`);
    });
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    const succeeded = ended.then((exitCode) => {
      if (exitCode !== 0) throw new Error(`perimeter install ended with exit code ${exitCode}`);
    });
    const ready = clusterReady(lab, signal).then(() => performance.now() - startedAt);
    // An install that failed will never have a cluster to wait for.
    const readyMs = await Promise.race([ready, succeeded.then(() => ready)]);
    await succeeded;
    return { readyMs, phases, peaks: memory.stop() };
  },
};

/** What an administrator would write: see plain-kubeadm.sh. */
export function plain(order: 'one-by-one' | 'side-by-side'): Arm {
  return {
    name: `plain, ${order}`,
    title: `a plain script with scp, ctr import and kubeadm, hosts ${order.replaceAll('-', ' ')}`,
    async run({ lab, siteDirectory, bundleFile, signal }) {
      const directory = join(siteDirectory, '..', 'stage');
      const open = { siteDirectory, bundleFile, verb: 'bench', events: silentEvents, signal, changes: false };
      await withSite(open, ({ bundle }) =>
        makeStage({
          bundle,
          directory,
          first: lab.hosts[0]?.address ?? '',
          isCgroupV1: !existsSync('/sys/fs/cgroup/cgroup.controllers'),
        }),
      );
      const script = productDirectory('test', 'bench', 'install', 'plain-kubeadm.sh');
      const addresses = lab.hosts.map(({ address }) => address);
      const startedAt = performance.now();
      await execa(script, [directory, lab.keyFile, lab.knownHostsFile, order, ...addresses], {
        stdout: 'ignore',
        stderr: 'inherit',
      });
      await clusterReady(lab, signal);
      return { readyMs: performance.now() - startedAt };
    },
  };
}
