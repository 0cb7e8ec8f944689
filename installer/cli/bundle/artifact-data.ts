import type { JsonObject } from '../../base/json.ts';
import type { BundleArtifact } from '../../bundle/bundle.ts';

export function artifactData(artifacts: readonly BundleArtifact[]): JsonObject[] {
  return artifacts.map((artifact) => ({ ...artifact }));
}
