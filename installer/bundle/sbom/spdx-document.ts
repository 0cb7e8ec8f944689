import { createHash } from 'node:crypto';
import { digestOf, hexOf } from '../../base/digest.ts';
import { vendorOf } from '../../base/distributions.ts';
import type { BundleArtifact } from '../bundle.ts';
import type { DebianPackage } from './debian-status.ts';
import type { Ingredient } from './ingredient.ts';
import { type LicenceTexts, ownLicences } from './own-licences.ts';
import { packageUrl } from './package-url.ts';
import type { ScannedContents, ScannedFile } from './scan-layers.ts';

/** The parts of an SPDX 2.3 document that this product writes and asks for. */
export interface SpdxDocument {
  readonly spdxVersion: 'SPDX-2.3';
  readonly name: string;
  readonly packages: readonly SpdxPackage[];
  readonly files: readonly { readonly SPDXID: string; readonly fileName: string }[];
  readonly relationships: readonly SpdxRelationship[];
  readonly [key: string]: unknown;
}

export interface SpdxPackage extends PackageFields {
  readonly SPDXID: string;
}

interface PackageFields {
  readonly name: string;
  readonly versionInfo: string;
  readonly externalRefs: readonly {
    readonly referenceCategory: 'PACKAGE-MANAGER';
    readonly referenceType: 'purl';
    readonly referenceLocator: string;
  }[];
  readonly [key: string]: unknown;
}

export interface SpdxRelationship {
  readonly spdxElementId: string;
  readonly relationshipType: string;
  readonly relatedSpdxElement: string;
}

/** The kind of a package, of its package URL: golang, deb, npm, oci. */
export function packageTypeOf(one: SpdxPackage): string {
  return /^pkg:([^/]+)\//.exec(one.externalRefs[0]?.referenceLocator ?? '')?.[1] ?? '';
}

export interface SbomInput {
  readonly artifact: Pick<BundleArtifact, 'name' | 'kind' | 'digest' | 'version' | 'licence'>;
  readonly contents: ScannedContents;
  readonly ingredients: readonly Ingredient[];
  /** The .deb files of a set of packages. */
  readonly debFiles: readonly { readonly name: string; readonly version: string; readonly digest: string }[];
  /** Debian's release, such as bookworm, where packages come from one. */
  readonly suite: string | undefined;
  readonly licenceTexts?: LicenceTexts | undefined;
}

const unknown = 'NOASSERTION';
const documentId = 'SPDXRef-DOCUMENT';
const artifactId = 'SPDXRef-artifact';

/** The bill of materials of one artifact. Nothing in it depends on the clock or the machine: the same artifact, the same document. */
export function spdxDocument(input: SbomInput): SpdxDocument {
  const { artifact, contents } = input;
  const parts = new Parts();
  parts.relate(documentId, 'DESCRIBES', artifactId);
  for (const { type, name, version, sum } of input.ingredients) {
    const id = parts.add(packageEntry(name, version, packageUrl(type, name, version), sumInfo(sum)));
    parts.relate(artifactId, 'GENERATED_FROM', id);
  }
  for (const one of contents.debian) {
    const id = parts.add(debianEntry(one, input.suite));
    parts.relate(artifactId, 'CONTAINS', id);
  }
  for (const { name, version, digest } of input.debFiles) {
    const checksums = [{ algorithm: 'SHA256', checksumValue: digest.slice('sha256:'.length) }];
    const url = packageUrl('deb', `${vendorOf(input.suite)}/${name}`, version, distribution(input.suite));
    parts.relate(artifactId, 'CONTAINS', parts.add(packageEntry(name, version, url, { checksums })));
  }
  const files = contents.files.map((file, index) => {
    const id = `SPDXRef-file-${index}`;
    parts.relate(artifactId, 'CONTAINS', id);
    linkModules(parts, id, file);
    return fileEntry(id, file);
  });
  return {
    spdxVersion: 'SPDX-2.3',
    SPDXID: documentId,
    dataLicense: 'CC0-1.0',
    name: artifact.name,
    documentNamespace: `https://spdx.org/spdxdocs/perimeter-${artifact.name}-${hexOf(artifact.digest)}`,
    creationInfo: { created: '1970-01-01T00:00:00Z', creators: ['Tool: perimeter-bundle'] },
    packages: [artifactEntry(artifact, contents.files), ...parts.packages()],
    files,
    relationships: parts.relationships(),
    hasExtractedLicensingInfos: ownLicences(artifact.licence, input.licenceTexts),
  };
}

/** Packages and relationships, each once, in an order of their own. */
class Parts {
  readonly #packages = new Map<string, SpdxPackage>();
  readonly #relationships = new Map<string, SpdxRelationship>();

  add(entry: PackageFields): string {
    const url = entry.externalRefs[0]?.referenceLocator ?? entry.name;
    const words = `${entry.name}-${entry.versionInfo}`.replaceAll(/[^A-Za-z0-9.]+/g, '-');
    // The words are for people; what follows keeps apart what they would make the same.
    const id = `SPDXRef-${words}-${hexOf(digestOf(url)).slice(0, 8)}`;
    if (!this.#packages.has(id)) this.#packages.set(id, { SPDXID: id, ...entry });
    return id;
  }

  relate(from: string, type: string, to: string): void {
    const relationship = { spdxElementId: from, relationshipType: type, relatedSpdxElement: to };
    this.#relationships.set(`${from} ${type} ${to}`, relationship);
  }

  packages(): SpdxPackage[] {
    return [...this.#packages.values()].toSorted((a, b) => (a.SPDXID < b.SPDXID ? -1 : 1));
  }

  relationships(): SpdxRelationship[] {
    return [...this.#relationships].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
  }
}

/** The program, the module it was made of, the modules linked into it, and Go's own library. */
function linkModules(parts: Parts, fileId: string, { go }: ScannedFile): void {
  if (go === undefined) return;
  const library = go.goVersion.replace(/^go/, '');
  const own = { comment: 'The standard library and the runtime of Go.', licenseDeclared: 'BSD-3-Clause' };
  const stdlib = parts.add(
    packageEntry('stdlib', `v${library}`, packageUrl('golang', 'stdlib', library), own),
  );
  parts.relate(fileId, 'STATIC_LINK', stdlib);
  const main = go.main === undefined ? [] : [{ module: go.main, how: 'GENERATED_FROM' }];
  const linked = go.modules.map((module) => ({ module, how: 'STATIC_LINK' }));
  for (const { module, how } of [...main, ...linked]) {
    const { path, version, sum, insteadOf } = module;
    const changed = insteadOf?.path === path && insteadOf.version === version;
    const comment = changed
      ? { comment: 'Some of its files were replaced by those of the recipe.' }
      : insteadOf === undefined
        ? {}
        : { comment: `Taken in place of ${insteadOf.path}@${insteadOf.version}.` };
    const url = packageUrl('golang', path, version);
    const id = parts.add(packageEntry(path, version, url, { ...sumInfo(sum), ...comment }));
    parts.relate(fileId, how, id);
  }
}

function sumInfo(sum: string): { sourceInfo?: string } {
  return sum === '' ? {} : { sourceInfo: `pinned by ${sum}` };
}

function packageEntry(
  name: string,
  version: string,
  url: string,
  more: Readonly<Record<string, unknown>>,
): PackageFields {
  return {
    name,
    versionInfo: version,
    downloadLocation: unknown,
    filesAnalyzed: false,
    licenseConcluded: unknown,
    licenseDeclared: unknown,
    copyrightText: unknown,
    externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: url }],
    ...more,
  };
}

function debianEntry(one: DebianPackage, suite: string | undefined): PackageFields {
  const { name, version, architecture, source, licences } = one;
  const url = packageUrl('deb', `${vendorOf(suite)}/${name}`, version, {
    arch: architecture,
    ...distribution(suite),
  });
  const copyright = `usr/share/doc/${name}/copyright`;
  return packageEntry(name, version, url, {
    licenseComments: licences.length === 0 ? `See ${copyright}` : `${copyright}: ${licences.join(', ')}`,
    ...(source === undefined ? {} : { sourceInfo: `built from the Debian source ${source}` }),
  });
}

function distribution(suite: string | undefined): Record<string, string> {
  return suite === undefined ? {} : { distro: suite };
}

/** A package that contains files must say by a digest over all of theirs which; one without files must say that it has none. */
function artifactEntry(
  { name, kind, digest, version, licence }: SbomInput['artifact'],
  files: readonly ScannedFile[],
): SpdxPackage {
  const sums = files.map((file) => file.sha1).toSorted();
  const code = createHash('sha1').update(sums.join('')).digest('hex');
  const analyzed = { filesAnalyzed: true, packageVerificationCode: { packageVerificationCodeValue: code } };
  const entry = packageEntry(name, version, packageUrl('oci', name, digest), {
    licenseDeclared: licence,
    primaryPackagePurpose: kind === 'image' ? 'CONTAINER' : 'ARCHIVE',
    checksums: [{ algorithm: 'SHA256', checksumValue: hexOf(digest) }],
    ...(files.length === 0 ? {} : analyzed),
  });
  return { SPDXID: artifactId, ...entry };
}

function fileEntry(id: string, file: ScannedFile): SpdxDocument['files'][number] {
  const entry = {
    SPDXID: id,
    fileName: `./${file.path}`,
    ...(file.go === undefined ? {} : { fileTypes: ['BINARY'] }),
    checksums: [
      { algorithm: 'SHA1', checksumValue: file.sha1 },
      { algorithm: 'SHA256', checksumValue: file.sha256 },
    ],
    licenseConcluded: unknown,
    copyrightText: unknown,
  };
  return entry;
}
