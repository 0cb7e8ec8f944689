import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadImages } from '../../../installer/agent/containerd/load-images.ts';
import type { SeedImage } from '../../../installer/agent/protocol.ts';
import { SeedStore } from '../../../installer/agent/seed-store.ts';
import { imagePlan } from '../../../installer/seed/image-plan.ts';
import { missingImages } from '../../../installer/seed/missing-images.ts';
import { seedBlobs } from '../../../installer/seed/seed-plan.ts';
import { madeBundle } from '../../fixtures/made-bundle.ts';
import { containerdPrograms, RealContainerd } from '../../support/real-containerd.ts';

const bundle = madeBundle([
  { name: 'pause', layers: [{ bytes: 50_000, salt: 'pause' }] },
  {
    name: 'etcd',
    layers: [
      { bytes: 2e6, salt: 'etcd' },
      { bytes: 50_000, salt: 'pause' },
    ],
  },
]);
let images: readonly SeedImage[] = [];
let directory = '';
let containerd: RealContainerd;
let store: SeedStore;
/** What containerd would be to us if it were of a kind that nobody here knows: it answers, and understands nothing. */
let stranger: Server;
let socket = '';
let tool = '';
let notes: string[] = [];

beforeEach(async () => {
  images = await imagePlan(bundle, 'registry.contract.internal:30500');
  directory = await mkdtemp(join(tmpdir(), 'import-by-tool-'));
  containerd = await RealContainerd.start(directory);
  store = new SeedStore({ seedDirectory: join(directory, 'seed'), containerdRoot: containerd.root });
  await mkdir(join(directory, 'seed', 'blobs', 'sha256'), { recursive: true });
  for (const { digest } of await seedBlobs(bundle)) {
    const content = await text(bundle.readBlob(digest).setEncoding('latin1'));
    await writeFile(store.blobPath(digest), Buffer.from(content, 'latin1'));
  }
  stranger = new Server();
  socket = join(directory, 'stranger.sock');
  await new Promise((resolve) =>
    stranger.bindAsync(`unix://${socket}`, ServerCredentials.createInsecure(), resolve),
  );
  tool = join(directory, 'ctr');
  const { ctr } = await containerdPrograms();
  await writeFile(tool, `#!/bin/sh\nshift 2\nexec ${ctr} --address ${containerd.socket} "$@"\n`);
  await chmod(tool, 0o755);
  notes = [];
});
afterEach(async () => {
  stranger.forceShutdown();
  await containerd.down('SIGKILL');
  await rm(directory, { recursive: true, force: true });
});

const load = (program = tool) =>
  loadImages({ images, store, socket, tool: program, note: (said) => notes.push(said) });

test('where the socket does not understand us, images go in by ctr, whole, named and pinned, and that is said', async () => {
  expect(await load()).toMatchObject({ adopted: 0, streamed: 7 });
  expect(notes).toEqual([
    expect.stringMatching(/^containerd refused Create: .*; so images go in by `ctr images import`/),
  ]);
  const references = images.flatMap((image) => image.references).toSorted();
  expect((await containerd.completeImages()).toSorted()).toEqual(references);
  expect(await missingImages(containerd.host, images, containerd.socket)).toEqual([]);
});

test('a blob that is not here is told as such', async () => {
  await store.forget(images[0]?.layers[0]?.digest as never);
  await expect(load()).rejects.toMatchObject({
    code: 'E_SEED',
    message: expect.stringContaining('is not in the seed store'),
  });
});

test('where ctr does not answer either, what the socket said is what is told', async () => {
  await expect(load('/bin/false')).rejects.toMatchObject({
    code: 'E_CONTAINERD',
    message: expect.stringContaining('containerd refused Create'),
  });
  await expect(load(join(directory, 'nowhere'))).rejects.toMatchObject({ code: 'E_CONTAINERD' });
  expect(notes).toEqual([]);
});
