import { z } from 'zod';
import { hexOf } from '../base/digest.ts';
import { PerimeterError } from '../base/errors.ts';
import type { HostHands, HostView } from '../hosts/host.ts';
import type { SentFile } from './agent-program.ts';
import { agentDirectory } from './paths.ts';

const receiptSchema = z.object({ digest: z.string(), stamp: z.string() });

/**
 * Whether a host has exactly this file, as its receipt says. Hashing a runtime of 150 MB takes a host a second and more, so what
 * was verified once is believed as long as neither content nor attributes were touched since, and without a receipt nothing is.
 */
export async function isPlaced(host: HostView, path: string, { digest }: SentFile): Promise<boolean> {
  const [receipt, status] = await Promise.all([host.readFile(receiptPath(path)), host.status(path)]);
  const known = receiptSchema.safeParse(parseJson(receipt ?? '{}'));
  return known.success && known.data.stamp === status?.stamp && known.data.digest === digest;
}

/** Sees that a file is on a host: sends it unless it turns out to be there, and writes its receipt. */
export async function placeFile(host: HostHands, path: string, file: SentFile, mode: number): Promise<void> {
  if ((await host.sha256(path)) === hexOf(file.digest)) await host.setAttributes(path, { mode });
  else await sendFile(host, path, file, mode);
  const stamp = (await host.status(path))?.stamp;
  await host.writeFile(receiptPath(path), `${JSON.stringify({ digest: file.digest, stamp })}\n`);
}

/** Sends a file compressed, unpacks and verifies it there, and only then gives it its name. */
async function sendFile(host: HostHands, path: string, file: SentFile, mode: number): Promise<void> {
  await host.makeDirectory(agentDirectory, { mode: 0o700 });
  const arriving = `${agentDirectory}/arriving-${hexOf(file.digest).slice(0, 12)}`;
  await host.upload(file.gzipPath, `${arriving}.gz`, { mode: 0o600 });
  await host.run(['gzip', '-d', '-f', `${arriving}.gz`]);
  if ((await host.sha256(arriving)) !== hexOf(file.digest)) {
    await host.remove(arriving);
    throw new PerimeterError('E_AGENT', {
      message: `${path} arrived on ${host.name} altered.`,
      hint: 'Check the disk and memory of that host, and run the same command again.',
      retryable: true,
      where: { host: host.name },
    });
  }
  await host.setAttributes(arriving, { mode });
  await host.run(['mv', '-T', arriving, path]);
}

function receiptPath(path: string): string {
  return `${path}.receipt`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
