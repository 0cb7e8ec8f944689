import { count, formatBytes } from '../base/units.ts';
import type { BundleArtifact, OpenBundle } from './bundle.ts';
import { describePackages, type PackageChange } from './compare-packages.ts';
import { compareDebianVersions, compareSemanticVersions } from './sbom/compare-versions.ts';

export type ArtifactChange = {
  readonly name: string;
  /** `rebuilt`: another content under the same version. */
  readonly what: 'added' | 'removed' | 'newer' | 'older' | 'other' | 'rebuilt';
  readonly from: string | null;
  readonly to: string | null;
  /** Of the artifact before and after, in bytes; 0 where it is not. */
  readonly sizeBefore: number;
  readonly sizeAfter: number;
  /** In words: licence, kind, sets, source. */
  readonly also: readonly string[];
  /** What changed inside; absent where nothing tells. */
  readonly packages?: readonly PackageChange[];
};

export interface BundleDiff {
  readonly changes: readonly ArtifactChange[];
  readonly unchanged: number;
  /** Blobs of the second bundle that the first has not: what a delta would carry, in bytes. */
  readonly carryBytes: number;
  readonly sizeBefore: number;
  readonly sizeAfter: number;
}

/** A bundle with all its blobs: what is attached to artifacts is carried as well. */
export interface ComparedBundle extends Pick<OpenBundle, 'artifacts' | 'artifact' | 'has' | 'sizeBytes'> {
  readonly layoutBlobs: readonly { readonly digest: string; readonly sizeBytes: number }[];
}

/** What is different in the second bundle. */
export function diffBundles(before: ComparedBundle, after: ComparedBundle): BundleDiff {
  const names = [...new Set([...before.artifacts, ...after.artifacts].map(({ name }) => name))].toSorted();
  const find = (bundle: ComparedBundle, name: string): BundleArtifact | undefined =>
    bundle.has(name) ? bundle.artifact(name) : undefined;
  const changes = names.flatMap((name) => changeOf(name, find(before, name), find(after, name)) ?? []);
  const held = new Set(before.layoutBlobs.map(({ digest }) => digest));
  const missing = after.layoutBlobs.filter(({ digest }) => !held.has(digest));
  return {
    changes,
    unchanged: names.length - changes.length,
    carryBytes: missing.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    sizeBefore: before.sizeBytes,
    sizeAfter: after.sizeBytes,
  };
}

function changeOf(
  name: string,
  before: BundleArtifact | undefined,
  after: BundleArtifact | undefined,
): ArtifactChange | undefined {
  const sizes = { sizeBefore: before?.sizeBytes ?? 0, sizeAfter: after?.sizeBytes ?? 0 };
  const versions = { from: before?.version ?? null, to: after?.version ?? null };
  if (before === undefined || after === undefined)
    return { name, what: before === undefined ? 'added' : 'removed', ...versions, ...sizes, also: [] };
  const also = (['kind', 'licence', 'source', 'sets'] as const)
    .map((field) => ({ field, was: String(before[field]), is: String(after[field]) }))
    .filter(({ was, is }) => was !== is)
    .map(({ field, was, is }) => `${field}: ${was} becomes ${is}`);
  const isSame = before.digest === after.digest && also.length === 0 && before.version === after.version;
  return isSame ? undefined : { name, what: directionOf(before, after), ...versions, ...sizes, also };
}

function directionOf(before: BundleArtifact, after: BundleArtifact): 'newer' | 'older' | 'other' | 'rebuilt' {
  if (before.version === after.version) return 'rebuilt';
  const difference =
    before.kind === 'debs'
      ? compareDebianVersions(before.version, after.version)
      : compareSemanticVersions(before.version, after.version);
  if (difference === undefined || difference === 0) return 'other';
  return difference < 0 ? 'newer' : 'older';
}

/** Sentences that can go into a change request. */
export function describeDiff(diff: BundleDiff): string[] {
  const of = (what: ArtifactChange['what']): ArtifactChange[] =>
    diff.changes.filter((change) => change.what === what);
  const section = (
    title: string,
    what: ArtifactChange['what'],
    line: (change: ArtifactChange) => string,
  ): string[] => {
    const found = of(what);
    return found.length === 0
      ? []
      : [
          `${title} (${found.length})`,
          ...found.flatMap((change) => [
            `  ${line(change)}`,
            ...[...change.also, ...describePackages(change.packages)].map((word) => `    ${word}`),
          ]),
        ];
  };
  const moved = ({ name, from, to, ...sizes }: ArtifactChange): string =>
    `${name}: ${from} to ${to}${growth(sizes)}`;
  const same = diff.changes.length === 0;
  return [
    ...section('Added', 'added', ({ name, to, sizeAfter }) => `${name} ${to}, ${formatBytes(sizeAfter)}`),
    ...section(
      'Removed',
      'removed',
      ({ name, from, sizeBefore }) => `${name} ${from}, ${formatBytes(sizeBefore)}`,
    ),
    ...section('Newer version', 'newer', moved),
    ...section('OLDER version', 'older', moved),
    ...section('Other version', 'other', moved),
    ...section(
      'Same version, other content or description',
      'rebuilt',
      ({ name, from, ...sizes }) => `${name} ${from}${growth(sizes)}`,
    ),
    same ? 'Both hold the same artifacts.' : `Unchanged: ${count(diff.unchanged, 'artifact')}.`,
    `Size ${formatBytes(diff.sizeBefore)} before, ${formatBytes(diff.sizeAfter)} after; to be carried to a site that has the first: ${formatBytes(diff.carryBytes)}.`,
  ];
}

function growth({ sizeBefore, sizeAfter }: Pick<ArtifactChange, 'sizeBefore' | 'sizeAfter'>): string {
  if (sizeBefore === sizeAfter) return '';
  return `, ${formatBytes(Math.abs(sizeAfter - sizeBefore))} ${sizeAfter > sizeBefore ? 'larger' : 'smaller'}`;
}
