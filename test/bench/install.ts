/**
 * `npm run bench:install`: three bare lab hosts to a Ready cluster, by the installer and by a plain script that does the same with
 * kubeadm by hand, one after the other on fresh hosts in the same run; time per phase and peak memory of ours. Needs root and a
 * quiet machine; both sides bring the same images to all three hosts.
 *   npm run bench:install -- --repeat 3 --arms perimeter,one-by-one,side-by-side
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { silentEvents } from '../../installer/base/events.ts';
import { buildBundle } from '../../installer/bundle/build-bundle.ts';
import { labDown, labUp } from '../../installer/lab/lab.ts';
import { writeSampleSite } from '../../installer/site/sample-site.ts';
import { median, spread } from './distribution.ts';
import { type Arm, type ArmRun, ours, plain } from './install/arms.ts';

const { values } = parseArgs({
  options: {
    repeat: { type: 'string', default: '3' },
    arms: { type: 'string', default: 'perimeter,one-by-one,side-by-side' },
  },
});
const known: Readonly<Record<string, Arm>> = {
  perimeter: ours,
  'one-by-one': plain('one-by-one'),
  'side-by-side': plain('side-by-side'),
};
const arms = values.arms.split(',').map((name) => {
  const arm = known[name];
  if (arm === undefined) throw new Error(`no arm ${name}; there are ${Object.keys(known).join(', ')}`);
  return arm;
});
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

const bundle = await buildBundle({ onDrift: 'take', events: silentEvents, signal: stop.signal });
const runs = new Map<Arm, ArmRun[]>(arms.map((arm) => [arm, []]));
for (let round = 1; round <= Number(values.repeat); round += 1) {
  for (const arm of arms) {
    const run = await onFreshHosts(arm, `bench${process.pid % 10_000}`);
    runs.get(arm)?.push(run);
    say(`round ${round}  ${arm.title}: ${(run.readyMs / 1000).toFixed(1)} s to a Ready cluster`);
  }
}
say(report());

async function onFreshHosts(arm: Arm, name: string): Promise<ArmRun> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-install-'));
  const siteDirectory = join(directory, 'site');
  try {
    const lab = await labUp({ name, hosts: 3, signal: stop.signal }, silentEvents);
    await writeSampleSite(siteDirectory, { ...lab, bundleKey: bundle.publicKey });
    const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(30 * 60_000)]);
    return await arm.run({ lab, siteDirectory, bundleFile: bundle.file, signal });
  } finally {
    await labDown(name);
    await rm(directory, { recursive: true, force: true });
  }
}

function report(): string {
  const secondsOf = (arm: Arm): number[] => (runs.get(arm) ?? []).map(({ readyMs }) => readyMs / 1000);
  const lines = ['', 'Three bare hosts to a Ready cluster, seconds: median (least..most)'];
  for (const arm of arms) {
    const baseline =
      arm === ours || !runs.has(ours)
        ? ''
        : `   ours takes ${(median(secondsOf(ours)) / median(secondsOf(arm))).toFixed(2)}x of it`;
    lines.push(`  ${arm.title}: ${spread(secondsOf(arm))}${baseline}`);
  }
  const own = runs.get(ours) ?? [];
  if (own.length === 0) return lines.join('\n');
  const names = [...new Set(own.flatMap(({ phases }) => [...(phases?.keys() ?? [])]))];
  lines.push('', 'The whole install by phase, seconds: median (least..most)');
  for (const name of names) {
    lines.push(
      `  ${name.padEnd(22)}${spread(own.flatMap(({ phases }) => phases?.get(name) ?? []).map((ms) => ms / 1000))}`,
    );
  }
  lines.push('', 'Peak memory, MB: median (least..most)');
  for (const kind of ['installer', 'agent']) {
    lines.push(
      `  ${kind.padEnd(22)}${spread(
        own.flatMap(({ peaks }) => peaks?.get(kind) ?? []).map((bytes) => bytes / 1e6),
        0,
      )}`,
    );
  }
  return lines.join('\n');
}
