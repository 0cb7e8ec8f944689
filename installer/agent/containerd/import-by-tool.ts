import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { type Pack, pack as tarPack } from 'tar-stream';
import { type Digest, hexOf } from '../../base/digest.ts';
import { PerimeterError } from '../../base/errors.ts';
import { imageLabels } from '../image-labels.ts';
import type { SeedImage } from '../protocol.ts';
import type { SeedStore } from '../seed-store.ts';

const probeMs = 15_000;
const importMs = 30 * 60_000;

/** containerd's own command line tool, which speaks to it in the way of its own version. */
export interface Tool {
  readonly program: string;
  readonly socket: string;
}

/** Whether the tool is there and containerd answers it. */
export async function toolAnswers(tool: Tool): Promise<boolean> {
  return (await run(tool, ['version'], probeMs)).exitCode === 0;
}

/** Puts one image out of the seed store into containerd by `ctr images import`, which reads and writes all of it. */
export async function importByTool(tool: Tool, store: SeedStore, image: SeedImage): Promise<void> {
  const help = await run(tool, ['images', 'import', '--help'], probeMs);
  // The client's own way keeps what is referred to by several names, and is the only one that old versions have.
  const local = help.stdout.includes('--local') ? ['--local'] : [];
  const args = ['images', 'import', ...local, '--all-platforms', '--no-unpack', '-'];
  requireDone(await run(tool, args, importMs, (input) => writeLayout(input, store, image)), args);
  const labels = Object.entries(imageLabels).map((pair) => pair.join('='));
  for (const name of image.references) {
    const label = ['images', 'label', name, ...labels];
    requireDone(await run(tool, label, probeMs), label);
  }
}

/** An OCI layout as a tar: the image under each of its names. */
async function writeLayout(input: NodeJS.WritableStream, store: SeedStore, image: SeedImage): Promise<void> {
  const tar = tarPack();
  const written = pipeline(tar, input);
  // Told below, where the writing ends as well.
  written.catch(() => {});
  const { digest, mediaType, sizeBytes: size } = image.manifest;
  const manifests = image.references.map((name) => ({
    mediaType,
    digest,
    size,
    annotations: { 'io.containerd.image.name': name },
  }));
  tar.entry({ name: 'oci-layout' }, JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  const parts = new Map(
    [image.manifest, image.config, ...image.layers].map((part) => [part.digest, part.sizeBytes]),
  );
  for (const [part, sizeBytes] of parts) await addBlob(tar, store, part, sizeBytes);
  tar.entry({ name: 'index.json' }, JSON.stringify({ schemaVersion: 2, manifests }));
  tar.finalize();
  await written;
}

async function addBlob(tar: Pack, store: SeedStore, digest: Digest, sizeBytes: number): Promise<void> {
  const path = await store.find(digest, sizeBytes);
  if (path === undefined)
    throw new PerimeterError('E_SEED', {
      message: `Blob ${digest} is not in the seed store.`,
      hint: 'Run the same command again: seeding brings what is missing.',
      retryable: true,
    });
  await pipeline(
    createReadStream(path),
    tar.entry({ name: `blobs/sha256/${hexOf(digest)}`, size: sizeBytes }),
  );
}

interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(
  { program, socket }: Tool,
  args: readonly string[],
  timeoutMs: number,
  write?: (input: NodeJS.WritableStream) => Promise<void>,
): Promise<Ended> {
  const child = spawn(program, ['--address', socket, '--namespace', 'k8s.io', ...args], {
    timeout: timeoutMs,
  });
  const ended = new Promise<number>((resolve) => {
    child.once('error', () => resolve(127));
    child.once('close', (code) => resolve(code ?? 1));
  });
  // A program that is not there takes no input; its exit code says so.
  child.stdin.on('error', () => {});
  const said = Promise.all([text(child.stdout), text(child.stderr)]);
  let failure: unknown;
  if (write === undefined) child.stdin.end();
  else
    await write(child.stdin).catch((error: unknown) => {
      failure = error;
      child.stdin.destroy();
    });
  const [exitCode, [stdout, stderr]] = await Promise.all([ended, said]);
  if (failure instanceof PerimeterError) throw failure;
  return { exitCode, stdout, stderr };
}

function requireDone({ exitCode, stderr }: Ended, args: readonly string[]): void {
  if (exitCode === 0) return;
  throw new PerimeterError('E_CONTAINERD', {
    message: `ctr ${args.slice(0, 2).join(' ')} ended with exit code ${exitCode}: ${stderr.trim()}`,
    hint: 'Look at `journalctl -u containerd -n 50` on this node, and run the same command again.',
    retryable: true,
  });
}
