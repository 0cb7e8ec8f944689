import { open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { chunkBytes } from '../../../installer/agent/chunks.ts';
import { digestOf, hexOf } from '../../../installer/base/digest.ts';
import { killProcess } from '../../../installer/base/kill-process.ts';
import type { SeedNode } from '../../../installer/seed/seed-request.ts';
import { type MadeArtifact, madeBundle } from '../../fixtures/made-bundle.ts';
import { agentPids } from './agent-pids.ts';
import { Seeding } from './seeding.ts';

/** The large blob is on its way at 35 %: sending it anew is much more than sending its last chunks again. */
const artifacts: readonly MadeArtifact[] = [
  { name: 'etcd', layers: [{ bytes: 7e6, salt: 'etcd' }] },
  { name: 'gitea', layers: [{ bytes: 23e6, salt: 'gitea' }] },
  { name: 'vault', layers: [{ bytes: 12e6, salt: 'vault' }] },
];
const bundle = madeBundle(artifacts);
let seeding: Seeding;

beforeEach(async () => {
  seeding = await Seeding.create(bundle, 3);
});
afterEach(() => seeding.remove());

/** Gives an agent a /run and /dev/shm of its own, which are gone when it is, as a reboot leaves a host. */
function withVolatileState(node: SeedNode): SeedNode {
  const mounts = ['/run', '/dev/shm'].map((path) => `mount -t tmpfs tmpfs ${path}`).join(' && ');
  const inOwn = ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', `${mounts} && exec "$@"`];
  return { ...node, command: [...inOwn, 'sh', ...node.command] };
}

function seedAll(options: Parameters<Seeding['run']>[0] = {}): ReturnType<Seeding['run']> {
  return seeding.run({
    ...options,
    nodes: seeding.names.map((name) => withVolatileState(seeding.node(name))),
  });
}

interface Part {
  readonly path: string;
  readonly sizeBytes: number;
}

/** Blobs that were on their way to a node, as they lie on its disk. */
async function partsOf(name: string): Promise<readonly Part[]> {
  const folder = join(seeding.directory, name, 'seed', 'parts');
  const parts = (await readdir(folder)).map(async (file) => {
    const path = join(folder, file);
    return { path, sizeBytes: (await stat(path)).size };
  });
  return (await Promise.all(parts)).filter(({ sizeBytes }) => sizeBytes > 0);
}

/** What going down can do to what was written last: the file is as long as it was, but its end are zeros. */
async function tearEnd({ path, sizeBytes }: Part): Promise<void> {
  const start = Math.max(0, sizeBytes - chunkBytes / 2);
  const file = await open(path, 'r+');
  await file.write(Buffer.alloc(sizeBytes - start), 0, sizeBytes - start, start);
  await file.close();
}

test('a host rebooted at 35 % is named, holds up nobody, and gets what it lacks and hardly more when it is back', async () => {
  const n2 = join(seeding.directory, 'n2');
  let struck: Promise<void> | undefined;
  const goDown = async (): Promise<void> => {
    for (const pid of await agentPids(n2)) killProcess(pid);
  };
  const first = seedAll({
    maxBytesPerSecond: 6e6,
    onEvent: (node, event) => {
      if (node !== 'n2' || event.event !== 'progress') return;
      if (event.verifiedBytes >= 0.35 * seeding.totalBytes) struck ??= goDown();
    },
  });
  await expect(first).rejects.toMatchObject({
    code: 'E_AGENT',
    message: expect.stringContaining('The agent on n2 was lost'),
    retryable: true,
  });
  await struck;
  expect(await seeding.missing('n1')).toEqual([]);
  expect(await seeding.missing('n3')).toEqual([]);

  expect(await readdir(n2), 'all that an agent needs again is its seed store').toEqual(['seed']);
  const parts = await partsOf('n2');
  expect(Math.max(...parts.map(({ sizeBytes }) => sizeBytes))).toBeGreaterThan(4 * chunkBytes);
  for (const part of parts) await tearEnd(part);
  const missing = await seeding.missing('n2');
  const sum = (sizes: readonly { sizeBytes: number }[]): number =>
    sizes.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
  const lacking = sum(missing) - sum(parts);

  const report = await seedAll();
  const received = new Map(report.nodes.map(({ name, result }) => [name, result.receivedBytes]));
  expect([received.get('n1'), received.get('n3')]).toEqual([0, 0]);
  // The torn end is noticed. It is part of one or two chunks; all before it is kept. The bar is 4 MiB for a blob in flight.
  expect(received.get('n2')).toBeGreaterThan(lacking);
  expect(received.get('n2')).toBeLessThanOrEqual(lacking + parts.length * 2 * chunkBytes);
  for (const { digest } of seeding.blobs) {
    expect(digestOf(await readFile(join(n2, 'seed', 'blobs', 'sha256', hexOf(digest))))).toBe(digest);
  }
});
