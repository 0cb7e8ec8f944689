import { PerimeterError } from '../base/errors.ts';
import { didYouMean } from '../base/suggest.ts';
import type { OpenBundle } from '../bundle/bundle.ts';
import type { Site } from '../site/site.ts';

/**
 * Names of the artifacts that profiles of the site want on the nodes before the cluster starts, on top of those that it starts with. One
 * chain feeds all nodes, so what one profile asks for goes to all of them first. Raises E_CHECK_REFUSED for what is no image of the bundle.
 */
export function bootImagesOf(site: Site, bundle: OpenBundle): ReadonlySet<string> {
  const images = bundle.artifacts.filter(({ kind }) => kind === 'image').map(({ name }) => name);
  const wanted = site.nodes.flatMap(({ profile }) =>
    profile.bootImages.map((image) => ({ image, profile: profile.name })),
  );
  const unknown = wanted.find(({ image }) => !images.includes(image));
  if (unknown !== undefined)
    throw new PerimeterError('E_CHECK_REFUSED', {
      message: `The profile ${unknown.profile} names the boot image "${unknown.image}", which the bundle has not${didYouMean(unknown.image, images) || '.'}`,
      hint: `Correct bootImages of that profile, or bring a bundle that has it. The images of this one: perimeter bundle ls ${bundle.path}`,
    });
  return new Set(wanted.map(({ image }) => image));
}
