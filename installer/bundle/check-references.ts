import type { BundleArtifact } from './bundle.ts';
import { repositoryOf } from './bundle.ts';
import { type AllowedReference, allowedReferences } from './closure/allowed-references.ts';
import { imageReferencesIn } from './closure/image-references.ts';

/** One file as it will run on a site. */
export interface ManifestFile {
  /** Such as charts/coredns/templates/deployment.yaml. */
  readonly file: string;
  /** What it holds: parsed manifests, or a text. */
  readonly contents: readonly unknown[];
  /** True for what names images by tag because its reader knows nothing else: kubeadm. */
  readonly byTag?: boolean;
}

export interface ClosureReport {
  readonly files: number;
  /** References that were found and resolved. */
  readonly resolved: number;
  /** Artifacts of the bundle that something refers to. */
  readonly artifacts: readonly string[];
  /** Sentences with file, path, reference and reason. */
  readonly missing: readonly string[];
  /** Entries of the list of exceptions that nothing needed. */
  readonly unused: readonly AllowedReference[];
}

/** Holds every image reference in the files against the bundle. `registry` is host and port of the site's registry. */
export function checkReferences(
  files: readonly ManifestFile[],
  artifacts: readonly BundleArtifact[],
  registry: string,
  allowed: readonly AllowedReference[] = allowedReferences,
): ClosureReport {
  const byName = new Map(artifacts.map((artifact) => [artifact.name, artifact]));
  const used = new Set<string>();
  const needed = new Set<AllowedReference>();
  const missing: string[] = [];
  let resolved = 0;
  for (const { file, contents, byTag = false } of files) {
    for (const content of contents) {
      for (const { reference, path } of imageReferencesIn(content)) {
        const exception = allowed.find((one) => one.file.test(file) && one.reference.test(reference));
        const result = resolve(reference, byName, registry, byTag);
        if (exception !== undefined) needed.add(exception);
        else if ('artifact' in result) {
          used.add(result.artifact);
          resolved += 1;
        } else missing.push(`${file}: ${placeOf(content)}${path}: ${reference}: ${result.reason}`);
      }
    }
  }
  const unused = allowed.filter((one) => !needed.has(one));
  return {
    files: files.length,
    resolved,
    artifacts: [...used].toSorted(),
    missing: [...new Set(missing)],
    unused,
  };
}

function resolve(
  reference: string,
  artifacts: ReadonlyMap<string, BundleArtifact>,
  registry: string,
  byTag: boolean,
): { readonly artifact: string } | { readonly reason: string } {
  const prefix = `${registry}/${repositoryOf('')}`;
  if (!reference.startsWith(prefix)) return { reason: "it is not in the site's registry" };
  const [, name = '', tag, digest] =
    /^([a-z0-9-]+)(?::([\w.-]+))?(?:@(sha256:[a-f0-9]{64}))?$/.exec(reference.slice(prefix.length)) ?? [];
  const artifact = artifacts.get(name);
  if (artifact === undefined) return { reason: `the bundle holds no artifact "${name}"` };
  if (artifact.kind !== 'image')
    return { reason: `the artifact "${name}" is of kind ${artifact.kind}, not an image` };
  if (digest === undefined && !byTag) return { reason: 'it names no digest' };
  if (digest !== undefined && digest !== artifact.digest)
    return { reason: `the artifact "${name}" in the bundle has the digest ${artifact.digest}` };
  if (tag !== undefined && tag !== artifact.tag)
    return { reason: `the artifact "${name}" in the bundle has the tag ${artifact.tag}` };
  return { artifact: name };
}

/** "Deployment kube-system/coredns ", where the content is an object of Kubernetes. */
function placeOf(content: unknown): string {
  const { kind, metadata } = content as { kind?: unknown; metadata?: { name?: string; namespace?: string } };
  if (typeof kind !== 'string' || metadata?.name === undefined) return '';
  const name = metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
  return `${kind} ${name} `;
}
