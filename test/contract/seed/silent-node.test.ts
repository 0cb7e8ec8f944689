import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PerimeterError } from '../../../installer/base/errors.ts';
import { killProcess } from '../../../installer/base/kill-process.ts';
import type { SeedNode } from '../../../installer/seed/seed-request.ts';
import { type MadeArtifact, madeBundle } from '../../fixtures/made-bundle.ts';
import { agentPids } from './agent-pids.ts';
import { Seeding } from './seeding.ts';

const artifacts: readonly MadeArtifact[] = [
  { name: 'etcd', layers: [{ bytes: 7e6, salt: 'etcd' }] },
  { name: 'gitea', layers: [{ bytes: 9e6, salt: 'gitea' }] },
];
const bundle = madeBundle(artifacts);
const patience = { quietMs: 1000, openWithinMs: 8000, silentMs: 6000 };
let seeding: Seeding;

beforeEach(async () => {
  seeding = await Seeding.create(bundle, 3);
});
afterEach(() => seeding.remove());

const withOther = (name: string, change: (node: SeedNode) => SeedNode): readonly SeedNode[] =>
  seeding.names.map((each) => (each === name ? change(seeding.node(each)) : seeding.node(each)));

test('one that never answers is named within its time, and the others are done long before', async () => {
  const startedAt = performance.now();
  const doneAt = new Map<string, number>();
  const running = seeding.run({
    nodes: withOther('n2', (node) => ({ ...node, command: ['sleep', '600'] })),
    patience,
    onEvent: (node, event) => {
      if (event.event === 'progress' && event.verifiedBytes >= seeding.totalBytes)
        doneAt.set(node, performance.now() - startedAt);
    },
  });
  await expect(running).rejects.toMatchObject({
    code: 'E_AGENT',
    message: 'The agent on n2 was lost: it did not answer "open" within 8 s',
    retryable: true,
  });
  expect(performance.now() - startedAt).toBeLessThan(patience.openWithinMs + 6000);
  expect([...doneAt.keys()].toSorted()).toEqual(['n1', 'n3']);
  for (const ms of doneAt.values()) expect(ms).toBeLessThan(patience.openWithinMs);
  expect(await seeding.missing('n1')).toEqual([]);
  expect(await seeding.missing('n3')).toEqual([]);
});

test('one that stands still in mid-chain is named, and those behind it go on', async () => {
  const n2 = join(seeding.directory, 'n2');
  const stopped: number[] = [];
  const stop = async (): Promise<void> => {
    for (const pid of await agentPids(n2)) {
      stopped.push(pid);
      process.kill(pid, 'SIGSTOP');
    }
  };
  let struck: Promise<void> | undefined;
  const running = seeding.run({
    patience,
    maxBytesPerSecond: 4e6,
    onEvent: (node, event) => {
      if (node !== 'n2' || event.event !== 'progress') return;
      if (event.verifiedBytes > 0.3 * seeding.totalBytes) struck ??= stop();
    },
  });
  try {
    await expect(running).rejects.toMatchObject({
      code: 'E_AGENT',
      message: 'The agent on n2 was lost: it said nothing for 6 s',
    });
  } finally {
    await struck;
    for (const pid of stopped) killProcess(pid);
  }
  expect(await seeding.missing('n1')).toEqual([]);
  expect(await seeding.missing('n3')).toEqual([]);
});

test('one that gets ready late joins at the end of the chain, and is not waited for by the others', async () => {
  const report = await seeding.run({
    nodes: withOther('n1', (node) => ({
      ...node,
      command: ['sh', '-c', 'sleep 3; exec "$@"', 'late', ...node.command],
    })),
    patience,
    maxBytesPerSecond: 4e6,
  });
  expect(report.decisions).toEqual([
    'n1 was ready only after the others had begun, and hangs on the end of the chain',
  ]);
  expect(report.timeline.find(({ node, parent }) => node === 'n1' && parent !== '')?.parent).toBe('n3');
  for (const name of seeding.names) expect(await seeding.missing(name)).toEqual([]);
});

test('one that was lost before anything began is named with the others', async () => {
  const error = new PerimeterError('E_HOST_UNREACHABLE', {
    message: 'n9 does not answer',
    hint: 'look at it',
  });
  const running = seeding.run({ lost: [{ node: 'n9', error }] });
  await expect(running).rejects.toBe(error);
  for (const name of seeding.names) expect(await seeding.missing(name)).toEqual([]);
});
