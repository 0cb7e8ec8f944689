import { PerimeterError } from '../base/errors.ts';
import { didYouMean } from '../base/suggest.ts';
import type { OpenBundle } from './bundle.ts';
import { readSbom } from './read-sbom.ts';
import { compareDebianVersions, compareSemanticVersions } from './sbom/compare-versions.ts';
import type { SpdxDocument, SpdxPackage } from './sbom/spdx-document.ts';

/** A package in an artifact. */
export interface FoundPackage {
  readonly artifact: string;
  readonly name: string;
  readonly version: string;
  /** Of its package URL: golang, deb, npm. */
  readonly type: string;
  /** The programs it is linked into; empty for packages that stand by themselves. */
  readonly programs: readonly string[];
  /** False when the version is none that can be compared: it may be affected. */
  readonly comparable: boolean;
}

/**
 * Every artifact that contains a package (Go module, Debian or npm package; `stdlib` is Go's own library), in a version below the
 * given one. A version that cannot be compared is listed too. Raises E_USAGE for a name that no artifact knows in any version.
 */
export async function findPackage(
  bundle: OpenBundle,
  name: string,
  below: string | undefined,
): Promise<readonly FoundPackage[]> {
  const found: FoundPackage[] = [];
  const names = new Set<string>();
  for (const artifact of bundle.artifacts) {
    const sbom = await readSbom(bundle, artifact);
    for (const one of sbom.packages.filter((entry) => entry.SPDXID !== 'SPDXRef-artifact')) {
      names.add(one.name);
      if (one.name !== name) continue;
      const type = typeOf(one);
      const order = below === undefined ? -1 : compareVersions(type, one.versionInfo, below);
      if (order !== undefined && order >= 0) continue;
      const programs = programsWith(sbom, one.SPDXID);
      const place = { artifact: artifact.name, name, version: one.versionInfo, type };
      found.push({ ...place, programs, comparable: order !== undefined });
    }
  }
  if (names.has(name)) return found;
  throw new PerimeterError('E_USAGE', {
    message: `No artifact of ${bundle.path} contains a package "${name}" in any version${didYouMean(name, [...names])}`,
    hint: 'Give the whole name, such as golang.org/x/net, openssl or stdlib. perimeter bundle sbom NAME shows what an artifact contains.',
  });
}

function compareVersions(type: string, version: string, below: string): number | undefined {
  if (type === 'deb') return compareDebianVersions(version, below);
  if (compareSemanticVersions(below, below) !== undefined) return compareSemanticVersions(version, below);
  throw new PerimeterError('E_USAGE', {
    message: `"${below}" is no version`,
    hint: 'Write it as the package does, such as --below v0.30.0',
  });
}

function typeOf(one: SpdxPackage): string {
  const url = one.externalRefs[0]?.referenceLocator ?? '';
  return /^pkg:([^/]+)\//.exec(url)?.[1] ?? '';
}

function programsWith(sbom: SpdxDocument, packageId: string): string[] {
  const files = new Map(sbom.files.map((file) => [file.SPDXID, file.fileName.replace(/^\./, '')]));
  return sbom.relationships
    .filter((one) => one.relatedSpdxElement === packageId)
    .flatMap((one) => files.get(one.spdxElementId) ?? []);
}
