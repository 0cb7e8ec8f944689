import { dump } from 'js-yaml';
import { z } from 'zod';
import { checkYaml, describeProblems } from '../base/checked-yaml.ts';
import { isDigest } from '../base/digest.ts';
import { PerimeterError } from '../base/errors.ts';
import { productDirectory, readFileIfThere, writeFileAtomic } from '../base/files.ts';
import { type ArtifactKind, attachmentKinds, type BundleArtifact } from './bundle.ts';

/** One artifact in images.lock. Debian packages are locked by version as well: their archive changes under the recipe. */
export interface LockedArtifact extends BundleArtifact {
  readonly packages?: Readonly<Record<string, string>>;
  /** A bundle may come without it. */
  readonly optional?: true | undefined;
}

export interface ImagesLock {
  /** Grows by one each time the lock changes: what a site accepted once keeps older bundles out. */
  readonly sequence: number;
  /** What compiled and compressed: another version may give other bytes. */
  readonly builtWith: Readonly<Record<string, string>>;
  /** Sorted by name. */
  readonly artifacts: readonly LockedArtifact[];
}

const kinds = ['image', 'files', 'debs', 'chart'] as const satisfies readonly ArtifactKind[];
const lockSchema = z.strictObject({
  format: z.literal(1),
  sequence: z.int().nonnegative().default(0),
  builtWith: z.record(z.string(), z.string()),
  artifacts: z.array(
    z.strictObject({
      name: z.string(),
      kind: z.enum(kinds),
      version: z.string(),
      tag: z.string(),
      digest: z.string().refine((text) => isDigest(text), 'is not a sha256 digest'),
      sizeBytes: z.int(),
      licence: z.string(),
      source: z.string(),
      sets: z.array(z.string()),
      attachments: z
        .array(
          z.strictObject({
            kind: z.enum(attachmentKinds),
            digest: z.string().refine((text) => isDigest(text), 'is not a sha256 digest'),
            sizeBytes: z.int(),
          }),
        )
        .optional(),
      packages: z.record(z.string(), z.string()).optional(),
      optional: z.literal(true).optional(),
    }),
  ),
});

export function imagesLockFile(): string {
  return productDirectory('images.lock');
}

/** The lock, or undefined when there is none yet. Raises E_LOCK_STALE when the file cannot be understood. */
export async function readImagesLock(file = imagesLockFile()): Promise<ImagesLock | undefined> {
  const text = await readFileIfThere(file);
  if (text === undefined) return undefined;
  const checked = checkYaml('images.lock', text, lockSchema);
  if (checked.value === undefined) {
    throw new PerimeterError('E_LOCK_STALE', {
      message: `${file} cannot be understood`,
      hint: 'Take it back from version control: git checkout images.lock. Or remove it and write it anew: npm run perimeter -- bundle lock',
      findings: describeProblems(checked.problems),
    });
  }
  const { sequence, builtWith, artifacts } = checked.value as ImagesLock;
  return { sequence, builtWith, artifacts };
}

const heading = `# Every artifact of the bundle, by digest. Written by \`perimeter bundle lock\`; not edited by hand.\n`;

/** The text of images.lock: the same artifacts always give the same text. */
export function formatImagesLock(lock: ImagesLock): string {
  const artifacts = lock.artifacts
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, kind, version, tag, digest, sizeBytes, licence, source, sets, ...more }) => ({
      name,
      kind,
      version,
      tag,
      digest,
      sizeBytes,
      licence,
      source,
      sets: sets.toSorted(),
      ...(more.optional === true ? { optional: true } : {}),
      ...(more.attachments === undefined
        ? {}
        : {
            attachments: more.attachments.map((one) => ({
              kind: one.kind,
              digest: one.digest,
              sizeBytes: one.sizeBytes,
            })),
          }),
      ...(more.packages === undefined ? {} : { packages: more.packages }),
    }));
  return (
    heading +
    dump(
      { format: 1, sequence: lock.sequence, builtWith: lock.builtWith, artifacts },
      { lineWidth: -1, noRefs: true },
    )
  );
}

/** Writes the lock, unless the file says the same already. Tells whether it was written. */
export async function writeImagesLock(lock: ImagesLock, file = imagesLockFile()): Promise<boolean> {
  const text = formatImagesLock(lock);
  if ((await readFileIfThere(file)) === text) return false;
  await writeFileAtomic(file, text);
  return true;
}

/** What differs, in sentences; empty when both say the same about every artifact of `found`. */
export function lockDifferences(
  lock: ImagesLock,
  found: readonly BundleArtifact[],
  whole: boolean,
): string[] {
  const locked = new Map(lock.artifacts.map((artifact) => [artifact.name, artifact]));
  const differences = found.flatMap((artifact) => {
    const wanted = locked.get(artifact.name);
    if (wanted === undefined) return [`${artifact.name}: is not in images.lock`];
    const fields = ['digest', 'kind', 'version', 'tag', 'licence', 'source', 'sizeBytes'] as const;
    const changed = fields
      .filter((field) => wanted[field] !== artifact[field])
      .map((field) => `${artifact.name}: ${field} is ${artifact[field]}, images.lock says ${wanted[field]}`);
    const [sets, lockedSets] = [artifact.sets, wanted.sets].map((list) => list.toSorted().join(', '));
    if (sets !== lockedSets)
      changed.push(`${artifact.name}: sets are ${sets}, images.lock says ${lockedSets}`);
    return [...changed, ...attachmentDifferences(wanted, artifact)];
  });
  const names = new Set(found.map((artifact) => artifact.name));
  const isGone = ({ name, optional }: LockedArtifact): boolean => !names.has(name) && optional !== true;
  const gone = whole ? lock.artifacts.filter(isGone).map(({ name }) => name) : [];
  return [...differences, ...gone.map((name) => `${name}: is in images.lock, but there is no such artifact`)];
}

function attachmentDifferences(locked: BundleArtifact, found: BundleArtifact): string[] {
  const say = ({ attachments = [] }: BundleArtifact): Map<string, string> =>
    new Map(attachments.map(({ kind, digest }) => [`${kind} ${digest}`, kind]));
  const [wanted, there] = [say(locked), say(found)];
  return [
    ...[...there.keys()].filter((one) => !wanted.has(one)).map((one) => `has ${one}, images.lock has not`),
    ...[...wanted.keys()]
      .filter((one) => !there.has(one))
      .map((one) => `images.lock has ${one}, here it is not`),
  ].map((text) => `${locked.name}: ${text}`);
}
