import { z } from 'zod';
import type { FileStatus } from '../../hosts/host.ts';
import { told } from '../fields.ts';
import { type Difference, defineModule } from '../module.ts';
import { artifactNamed, type NodeArtifact } from '../node-artifact.ts';
import { unpackArtifact } from './shared/unpack-artifact.ts';
import { type PlacedFile, readRecord, type UnpackRecord, writeRecord } from './shared/unpack-record.ts';

const args = z.strictObject({ name: told(z.string().min(1), 'its name in the bundle, such as node-cni') });

interface Facts {
  readonly wanted: NodeArtifact;
  readonly record: UnpackRecord | undefined;
  readonly differences: readonly Difference[];
}

/**
 * A record on the host says which files were put where, with their state right afterwards. As long as that state is untouched,
 * a look costs no reading of large files; where it was touched, the content decides.
 */
export const artifact = defineModule<typeof args, Facts>({
  name: 'artifact',
  summary: 'The files of an artifact, unpacked out of the seed store to their paths and unchanged since.',
  example: 'artifact: {name: node-cni}',
  args,
  watches: (_task, { record }) => (record?.files ?? []).map(({ path }) => ({ kind: 'file', name: path })),
  async inspect({ name }, host, { variables }) {
    const wanted = artifactNamed(variables, name, 'files');
    const record = await readRecord(host, name);
    if (record === undefined)
      return {
        wanted,
        record,
        differences: [{ item: `artifact ${name}`, wanted: wanted.version, found: 'not unpacked' }],
      };
    if (record.digest !== wanted.digest)
      return {
        wanted,
        record,
        differences: [
          {
            item: `artifact ${name}`,
            wanted: `${wanted.version} (${short(wanted.digest)})`,
            found: `${record.version} (${short(record.digest)})`,
          },
        ],
      };
    const found = await Promise.all(
      record.files.map(async (file) => {
        const status = await host.status(file.path);
        if (status === undefined || status.stamp === file.stamp)
          return differencesOf(file, status, file.sha256);
        return differencesOf(
          file,
          status,
          file.target === undefined ? await host.sha256(file.path) : undefined,
        );
      }),
    );
    return { wanted, record, differences: found.flat() };
  },
  plan(_task, { wanted, record, differences }) {
    if (differences.length === 0) return undefined;
    const again = record?.digest === wanted.digest ? ' again' : '';
    return { sentence: `unpack ${wanted.name} ${wanted.version}${again}`, differences };
  },
  async apply(_task, { wanted, record }, host) {
    const files = await unpackArtifact(host, wanted);
    const paths = new Set(files.map(({ path }) => path));
    for (const { path } of record?.files ?? []) if (!paths.has(path)) await host.remove(path);
    await writeRecord(host, { name: wanted.name, version: wanted.version, digest: wanted.digest, files });
  },
});

function differencesOf(
  file: PlacedFile,
  status: FileStatus | undefined,
  sha256: string | undefined,
): Difference[] {
  const { path } = file;
  if (status === undefined) return [{ item: path, wanted: 'there', found: 'nothing there' }];
  if (file.target !== undefined) {
    return status.target === file.target
      ? []
      : [
          {
            item: path,
            wanted: `points to ${file.target}`,
            found: status.target === undefined ? `a ${status.kind}` : `points to ${status.target}`,
          },
        ];
  }
  const differences: Difference[] = [];
  if (sha256 !== file.sha256)
    differences.push({
      item: `content of ${path}`,
      wanted: short(file.sha256),
      found: short(sha256 ?? 'no file'),
    });
  if (status.mode !== file.mode)
    differences.push({
      item: `mode of ${path}`,
      wanted: file.mode.toString(8),
      found: status.mode.toString(8),
    });
  const owner = `${status.owner}:${status.group}`;
  if (owner !== 'root:root')
    differences.push({ item: `owner of ${path}`, wanted: 'root:root', found: owner });
  return differences;
}

function short(digest: string): string {
  return digest.replace('sha256:', '').slice(0, 12);
}
