/** Media types of the OCI image specification and of this product's own artifacts. */
export const mediaTypes = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerIndex: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerImageConfig: 'application/vnd.docker.container.image.v1+json',
  imageConfig: 'application/vnd.oci.image.config.v1+json',
  emptyConfig: 'application/vnd.oci.empty.v1+json',
  layerZstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
  layerGzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  layerTar: 'application/vnd.oci.image.layer.v1.tar',
  spdx: 'application/spdx+json',
  inToto: 'application/vnd.in-toto+json',
  debianPackage: 'application/vnd.debian.binary-package',
  helmConfig: 'application/vnd.cncf.helm.config.v1+json',
  helmChart: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip',
} as const;

/** Annotation keys defined by OCI, and ours. */
export const annotationKeys = {
  refName: 'org.opencontainers.image.ref.name',
  title: 'org.opencontainers.image.title',
  version: 'org.opencontainers.image.version',
  licences: 'org.opencontainers.image.licenses',
  source: 'org.opencontainers.image.source',
  artifactName: 'vnd.perimeter.artifact.name',
  artifactKind: 'vnd.perimeter.artifact.kind',
  artifactSets: 'vnd.perimeter.artifact.sets',
  artifactSize: 'vnd.perimeter.artifact.size',
  artifactTag: 'vnd.perimeter.artifact.tag',
  attachmentOf: 'vnd.perimeter.attachment.of',
  attachmentKind: 'vnd.perimeter.attachment.kind',
  attachmentSize: 'vnd.perimeter.attachment.size',
  predicateType: 'in-toto.io/predicate-type',
  bundleVersion: 'vnd.perimeter.bundle.version',
  bundleSequence: 'vnd.perimeter.bundle.sequence',
  bundleFormat: 'vnd.perimeter.bundle.format',
  bundleSets: 'vnd.perimeter.bundle.sets',
  bundleNames: 'vnd.perimeter.bundle.names',
  bundleChunks: 'vnd.perimeter.bundle.chunks',
  indexDigest: 'vnd.perimeter.bundle.index-digest',
  packageName: 'vnd.perimeter.debian.package',
  packageVersion: 'vnd.perimeter.debian.version',
  packageNeeds: 'vnd.perimeter.debian.needs',
  packages: 'vnd.perimeter.debian.packages',
} as const;

/** `files`, `debs` and `chart` artifacts say by this type what they are; images have none. */
export function artifactTypeOf(kind: string): string {
  return `application/vnd.perimeter.${kind}.v1`;
}
