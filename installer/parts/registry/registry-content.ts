import { isPerimeterError } from '../../base/errors.ts';
import { mapParallel } from '../../base/parallel.ts';
import { type BundleArtifact, repositoryOf } from '../../bundle/bundle.ts';
import type { Look } from '../../engine/phase.ts';
import { readinessOf } from '../../kube/health.ts';
import { DistributionClient } from '../../oci/distribution-client.ts';

/** Looks at several images at once; each costs the registry next to nothing. */
const parallelLooks = 8;

export const registryUrl = ({ site }: Pick<Look, 'site'>): string =>
  `https://${site.endpoints.registry.host}:${site.endpoints.registry.port}`;

/** Every image of the bundle; charts and node files never go into the registry. */
function imagesOf({ bundle }: Pick<Look, 'bundle'>): readonly BundleArtifact[] {
  return bundle.artifacts.filter((artifact) => artifact.kind === 'image');
}

/** Names of the bundle's images that the registry does not hold under their tag and digest: all, as long as it does not serve. */
export async function missingImages(look: Look): Promise<readonly string[]> {
  const images = imagesOf(look);
  const client = (await serves(look)) ? await connect(look) : undefined;
  if (client === undefined) return images.map(({ name }) => name);
  try {
    const held = await mapParallel(images, parallelLooks, (image) =>
      client.manifestDigest(repositoryOf(image.name), image.tag, look.signal),
    );
    return images.filter((image, index) => held[index] !== image.digest).map(({ name }) => name);
  } finally {
    client.close();
  }
}

async function serves(look: Look): Promise<boolean> {
  const reference = { apiVersion: 'apps/v1', kind: 'StatefulSet', namespace: 'registry', name: 'registry' };
  const live = await look.kube.get(reference);
  return live !== undefined && readinessOf(live).ready;
}

/** Through the first node that gives an answer; undefined before the registry's credentials are made. */
async function connect(look: Look): Promise<DistributionClient | undefined> {
  const [ca, password] = [
    look.credentials.get('ca.certificate'),
    look.credentials.get('registry.password.pull'),
  ];
  if (ca === undefined || password === undefined) return undefined;
  const credentials = { username: 'pull', password };
  let failure: unknown;
  for (const { address } of look.site.nodes) {
    const client = new DistributionClient({
      url: registryUrl(look),
      address,
      ca,
      credentials,
      timeoutMs: 5000,
    });
    try {
      await client.ping(look.signal);
      return client;
    } catch (error) {
      client.close();
      if (!isPerimeterError(error) || !error.retryable) throw error;
      failure = error;
    }
  }
  throw failure;
}
