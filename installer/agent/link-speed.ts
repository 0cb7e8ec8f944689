import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';

/** Megabits per second of the interface that has an address, as the kernel says; undefined where its driver does not tell. */
export async function linkSpeedOf(address: string): Promise<number | undefined> {
  const [name] =
    Object.entries(networkInterfaces()).find(([, addresses = []]) =>
      addresses.some((one) => one.address === address),
    ) ?? [];
  if (name === undefined) return undefined;
  const text = await readFile(`/sys/class/net/${name}/speed`, 'utf8').catch(() => '');
  const mbits = Number(text.trim());
  return Number.isInteger(mbits) && mbits > 0 ? mbits : undefined;
}
