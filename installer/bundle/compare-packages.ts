import type { OpenBundle } from './bundle.ts';
import type { ArtifactChange, BundleDiff } from './diff-bundles.ts';
import { readSbom } from './read-sbom.ts';
import { packageTypeOf, type SpdxDocument } from './sbom/spdx-document.ts';

/** One package of an artifact that is not in it as before. */
export type PackageChange = {
  readonly name: string;
  /** Of its package URL: golang, deb, npm. */
  readonly type: string;
  /** Its versions before and after, sorted; empty where it is not. Several programs may contain several. */
  readonly from: readonly string[];
  readonly to: readonly string[];
};

/** The same difference with what changed inside each artifact, out of the bills of materials of both bundles. */
export async function withPackages(
  diff: BundleDiff,
  before: OpenBundle,
  after: OpenBundle,
): Promise<BundleDiff> {
  const changes: ArtifactChange[] = [];
  for (const change of diff.changes) {
    const documents = [await sbomIn(before, change.name), await sbomIn(after, change.name)] as const;
    const [was, is] = documents;
    changes.push(
      was === undefined || is === undefined ? change : { ...change, packages: comparePackages(was, is) },
    );
  }
  return { ...diff, changes };
}

/** Undefined where there is no such artifact, or nothing tells what it contains. */
async function sbomIn(bundle: OpenBundle, name: string): Promise<SpdxDocument | undefined> {
  const artifact = bundle.has(name) ? bundle.artifact(name) : undefined;
  const isTold = artifact?.attachments?.some(({ kind }) => kind === 'sbom') === true;
  return artifact === undefined || !isTold ? undefined : await readSbom(bundle, artifact);
}

/** Packages whose versions differ, by name. */
export function comparePackages(
  before: Pick<SpdxDocument, 'packages'>,
  after: Pick<SpdxDocument, 'packages'>,
): readonly PackageChange[] {
  const [was, is] = [versionsIn(before), versionsIn(after)];
  const keys = [...new Set([...was.keys(), ...is.keys()])].toSorted();
  return keys.flatMap((key) => {
    const [type = '', name = ''] = key.split('\n');
    const [from, to] = [was, is].map((versions) => [...(versions.get(key) ?? [])].toSorted());
    return String(from) === String(to) ? [] : [{ name, type, from: from ?? [], to: to ?? [] }];
  });
}

/** Versions by type and name. The first entry of a document is the artifact itself. */
function versionsIn({ packages }: Pick<SpdxDocument, 'packages'>): ReadonlyMap<string, ReadonlySet<string>> {
  const versions = new Map<string, Set<string>>();
  for (const one of packages.filter(({ SPDXID }) => SPDXID !== 'SPDXRef-artifact')) {
    const key = `${packageTypeOf(one)}\n${one.name}`;
    versions.set(key, (versions.get(key) ?? new Set()).add(one.versionInfo));
  }
  return versions;
}

/** How many packages of one artifact are named before a reader is sent to the whole list. */
const mostLines = 20;

/** What changed inside an artifact, a line each. */
export function describePackages(packages: readonly PackageChange[] | undefined): readonly string[] {
  if (packages?.length === 0) return ['the packages inside are the same'];
  if (packages === undefined) return [];
  const lines = packages.map(({ name, from, to }) => {
    if (from.length === 0) return `with ${name} ${to.join(', ')}`;
    if (to.length === 0) return `without ${name} ${from.join(', ')}`;
    return `${name} ${from.join(', ')} to ${to.join(', ')}`;
  });
  const more = lines.length - mostLines;
  return more > 0
    ? [...lines.slice(0, mostLines), `and ${more} packages more; --output json names all`]
    : lines;
}
