import { z } from 'zod';
import { jsonOf } from '../../../base/json.ts';
import type { HostHands, HostView } from '../../../hosts/host.ts';
import { artifactsDirectory } from '../../node-artifact.ts';

const placedFile = z.object({
  path: z.string(),
  sha256: z.string(),
  mode: z.number(),
  /** The file's stamp right after it was put there. */
  stamp: z.string(),
  /** Of a symbolic link. */
  target: z.string().optional(),
});
const unpackRecord = z.object({
  name: z.string(),
  version: z.string(),
  digest: z.string(),
  files: z.array(placedFile),
});

export type PlacedFile = z.output<typeof placedFile>;
export type UnpackRecord = z.output<typeof unpackRecord>;

/** Undefined when nothing was unpacked, or when the record makes no sense: unpacking again mends both. */
export async function readRecord(host: HostView, name: string): Promise<UnpackRecord | undefined> {
  return unpackRecord.safeParse(jsonOf(await host.readFile(pathOf(name)))).data;
}

export async function writeRecord(host: HostHands, record: UnpackRecord): Promise<void> {
  await host.writeFile(pathOf(record.name), `${JSON.stringify(record, undefined, 1)}\n`, { mode: 0o600 });
}

function pathOf(name: string): string {
  return `${artifactsDirectory}/${name}.json`;
}
