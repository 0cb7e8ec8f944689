import { PerimeterError } from '../base/errors.ts';
import { suggest } from '../base/suggest.ts';
import type { OpenBundle } from './bundle.ts';
import { readSbom } from './read-sbom.ts';
import { compareDebianVersions, compareSemanticVersions } from './sbom/compare-versions.ts';
import { packageTypeOf, type SpdxDocument } from './sbom/spdx-document.ts';

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

export interface PackageSearch {
  readonly found: readonly FoundPackage[];
  /** A name that is much like the one that was asked for, when no artifact knows that one in any version. */
  readonly meant: string | undefined;
}

/**
 * Every artifact that contains a package (Go module, Debian or npm package; `stdlib` is Go's own library), in a version below the
 * given one. A version that cannot be compared is listed too. None is an answer as good as any other: whoever asks whether a hole
 * is in the bundle wants to hear no.
 */
export async function findPackage(
  bundle: OpenBundle,
  name: string,
  below: string | undefined,
): Promise<PackageSearch> {
  const found: FoundPackage[] = [];
  const names = new Set<string>();
  for (const artifact of bundle.artifacts) {
    const sbom = await readSbom(bundle, artifact);
    for (const one of sbom.packages.filter((entry) => entry.SPDXID !== 'SPDXRef-artifact')) {
      names.add(one.name);
      if (one.name !== name) continue;
      const type = packageTypeOf(one);
      const order = below === undefined ? -1 : compareVersions(type, one.versionInfo, below);
      if (order !== undefined && order >= 0) continue;
      const programs = programsWith(sbom, one.SPDXID);
      const place = { artifact: artifact.name, name, version: one.versionInfo, type };
      found.push({ ...place, programs, comparable: order !== undefined });
    }
  }
  return { found, meant: names.has(name) ? undefined : suggest(name, [...names]) };
}

function compareVersions(type: string, version: string, below: string): number | undefined {
  if (type === 'deb') return compareDebianVersions(version, below);
  if (compareSemanticVersions(below, below) !== undefined) return compareSemanticVersions(version, below);
  throw new PerimeterError('E_USAGE', {
    message: `"${below}" is no version`,
    hint: 'Write it as the package does, such as --below v0.30.0',
  });
}

function programsWith(sbom: SpdxDocument, packageId: string): string[] {
  const files = new Map(sbom.files.map((file) => [file.SPDXID, file.fileName.replace(/^\./, '')]));
  return sbom.relationships
    .filter((one) => one.relatedSpdxElement === packageId)
    .flatMap((one) => files.get(one.spdxElementId) ?? []);
}
