import type { Digest } from '../base/digest.ts';
import { FinalTaskError } from './task-error.ts';
import type { Variables } from './variables.ts';

/** A part of the bundle as playbooks know it; the variable `artifacts` holds them by name. */
export interface NodeArtifact {
  readonly name: string;
  readonly kind: string;
  readonly version: string;
  /** Of the manifest: names the artifact as a whole. */
  readonly digest: Digest;
  readonly layers: readonly NodeArtifactLayer[];
}

export interface NodeArtifactLayer {
  readonly digest: Digest;
  readonly mediaType: string;
  /** Of a Debian package. */
  readonly package?: {
    readonly name: string;
    readonly version: string;
    /** Packages of the same artifact that must be there too. */
    readonly needs?: readonly string[];
  };
}

/** Where records lie of what was unpacked where. */
export const artifactsDirectory = '/var/lib/perimeter/artifacts';

export function artifactNamed(variables: Variables, name: string, kind: string): NodeArtifact {
  const artifacts = (variables['artifacts'] ?? {}) as Readonly<Record<string, NodeArtifact>>;
  const artifact = Object.hasOwn(artifacts, name) ? artifacts[name] : undefined;
  if (artifact?.kind === kind) return artifact;
  const known = Object.values(artifacts).filter((candidate) => candidate.kind === kind);
  throw new FinalTaskError(
    `the bundle has no artifact ${name} of kind ${kind}; it has ${known.map((other) => other.name).join(', ') || 'none'}`,
  );
}
