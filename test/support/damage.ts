import { open, readFile } from 'node:fs/promises';
import { blockBytes, paddingOf, readTarHeader } from '../../installer/oci/layout-tar.ts';

/** Turns bits of bytes of a file over, in their place: all of them, or those of the mask. */
export async function flipBytes(file: string, at: number, count = 1, mask = 0xff): Promise<void> {
  await using handle = await open(file, 'r+');
  const bytes = Buffer.alloc(count);
  await handle.read(bytes, 0, count, at);
  await handle.write(
    bytes.map((byte) => byte ^ mask),
    0,
    count,
    at,
  );
}

/** Turns over one bit of one byte. */
export async function flipBit(file: string, at: number): Promise<void> {
  await flipBytes(file, at, 1, 1);
}

export interface TarPlace {
  readonly name: string;
  /** Of the header, in bytes; the content follows it. */
  readonly header: number;
  readonly content: number;
  readonly sizeBytes: number;
}

/** Where the files of a bundle lie in it, in order. */
export async function placesIn(file: string): Promise<TarPlace[]> {
  const whole = await readFile(file);
  const places: TarPlace[] = [];
  for (let at = 0; ; ) {
    const header = readTarHeader(whole.subarray(at, at + blockBytes));
    if (header === undefined) return places;
    places.push({ ...header, header: at, content: at + blockBytes });
    at += blockBytes + header.sizeBytes + paddingOf(header.sizeBytes);
  }
}
