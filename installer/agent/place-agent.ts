import { z } from 'zod';
import { hexOf } from '../base/digest.ts';
import { PerimeterError } from '../base/errors.ts';
import { jsonOf } from '../base/json.ts';
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
  const known = receiptSchema.safeParse(jsonOf(receipt ?? '{}'));
  return known.success && known.data.stamp === status?.stamp && known.data.digest === digest;
}

/** How a file comes to a host, under the name at which it arrives. */
export type Bring = (host: HostHands, file: SentFile, arriving: string) => Promise<void>;

/** Sees that a file is on a host: brings it unless it turns out to be there, and writes its receipt. */
export async function placeFile(
  host: HostHands,
  path: string,
  file: SentFile,
  mode: number,
  bring: Bring = sendCompressed,
): Promise<void> {
  if ((await host.sha256(path)) === hexOf(file.digest)) await host.setAttributes(path, { mode });
  else await bringFile(host, path, file, mode, bring);
  const stamp = (await host.status(path))?.stamp;
  await host.writeFile(receiptPath(path), `${JSON.stringify({ digest: file.digest, stamp })}\n`);
}

/** Sends a file compressed and unpacks it there. */
export const sendCompressed: Bring = async (host, file, arriving) => {
  await host.upload(file.gzipPath, `${arriving}.gz`, { mode: 0o600 });
  await host.run(['gzip', '-d', '-f', `${arriving}.gz`]);
};

/** Only what is proved to be the file gets its name. */
async function bringFile(
  host: HostHands,
  path: string,
  file: SentFile,
  mode: number,
  bring: Bring,
): Promise<void> {
  await host.makeDirectory(agentDirectory, { mode: 0o700 });
  const arriving = `${agentDirectory}/arriving-${hexOf(file.digest).slice(0, 12)}`;
  await bring(host, file, arriving);
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
