import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { AgentSession } from '../../../installer/agent/agent-session.ts';
import { loadResultSchema } from '../../../installer/agent/protocol.ts';
import { agentPids } from '../../contract/seed/agent-pids.ts';
import { type ProcessHost, processNode } from '../../support/process-host.ts';
import type { RealContainerd } from '../../support/real-containerd.ts';
import type { InsertedImages } from './images.ts';

/** One insertion: how long it took, and the most memory that the program which did it had. */
export interface Insertion {
  readonly ms: number;
  /** What had to be started before, and is no part of `ms`. */
  readonly startMs: number;
  readonly peakRssBytes: number;
}

/** A way of bringing images into a containerd that is there, with its data in `directory`. */
export interface Arm {
  readonly name: string;
  prepare(directory: string, inserted: InsertedImages): Promise<void>;
  insert(directory: string, inserted: InsertedImages, containerd: RealContainerd): Promise<Insertion>;
}

/** The operation `load` of the agent as it is sent to nodes, on a seed store that has everything. */
export function ours(way: 'adopted' | 'streamed', agent: ProcessHost['agent']): Arm {
  return {
    name: way,
    prepare: (directory, inserted) => inserted.fillSeedStore(join(directory, 'seed')),
    async insert(directory, { images, blobs }) {
      // An agent that looks for containerd's files where they are not cannot hand its own over.
      const elsewhere = { PERIMETER_CONTAINERD_ROOT: join(directory, 'elsewhere') };
      const environment = way === 'streamed' ? elsewhere : {};
      const host = { name: 'bench', address: '127.0.0.1', directory, agent, environment };
      const node = processNode(host);
      const startedAt = performance.now();
      const signal = new AbortController().signal;
      const session = await AgentSession.start(node.host, node.command, () => {}, signal);
      try {
        await session.call('load', { images: [] }, loadResultSchema);
        const askedAt = performance.now();
        const result = await session.call('load', { images }, loadResultSchema);
        const ms = performance.now() - askedAt;
        if (![0, blobs].includes(result[way]) || result.adopted + result.streamed !== result[way])
          throw new Error(`not everything was ${way}: ${JSON.stringify(result)}`);
        const [pid] = await agentPids(directory);
        return { ms, startMs: askedAt - startedAt, peakRssBytes: await peakRssBytes(pid) };
      } finally {
        await session.close();
      }
    },
  };
}

/** What people use: containerd's own tool, which reads an archive. It does not unpack, as we do not. */
export function ctrImport(ctr: string): Arm {
  return {
    name: 'ctr',
    prepare: async (directory) => void (await mkdir(directory, { recursive: true })),
    async insert(_directory, { archive }, { socket }) {
      const startedAt = performance.now();
      const child = execa(ctr, ['-a', socket, '-n', 'k8s.io', 'images', 'import', '--no-unpack', archive]);
      let peak = 0;
      const timer = setInterval(async () => {
        peak = Math.max(peak, await peakRssBytes(child.pid));
      }, 100);
      try {
        await child;
        return { ms: performance.now() - startedAt, startMs: 0, peakRssBytes: peak };
      } finally {
        clearInterval(timer);
      }
    },
  };
}

/** Most resident memory that a process had so far; 0 when it is gone. */
export async function peakRssBytes(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
}
