import { PerimeterError } from '../../base/errors.ts';
import { didYouMean } from '../../base/suggest.ts';
import type { BundleArtifact, BundleListing } from '../../bundle/bundle.ts';

/** The artifact that a person named. A slip of the keyboard is no damage of the bundle: E_USAGE. */
export function artifactNamed(
  bundle: Pick<BundleListing, 'artifacts' | 'path'>,
  name: string,
): BundleArtifact {
  const found = bundle.artifacts.find((artifact) => artifact.name === name);
  if (found !== undefined) return found;
  const known = bundle.artifacts.map((artifact) => artifact.name);
  throw new PerimeterError('E_USAGE', {
    message: `There is no artifact "${name}" in ${bundle.path}${didYouMean(name, known) || '.'}`,
    hint: `It holds: ${known.join(', ')}`,
  });
}
