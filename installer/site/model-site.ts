import { DefectError } from '../base/errors.ts';
import { loadProfiles } from './load-profiles.ts';
import { normaliseSite } from './normalise-site.ts';
import type { Profile } from './profile.ts';
import type { Site } from './site.ts';
import { SiteFile } from './site-file.ts';

/**
 * A site that stands nowhere, with one node of every profile of the product: for work that needs what a site would give, before
 * there is one. Its addresses are those set aside for documentation.
 */
export async function modelSite(): Promise<Site> {
  const directory = '/nonexistent/model-site';
  const { profiles, problems } = await loadProfiles(directory);
  if (problems.length > 0)
    throw new DefectError(`the product's own profiles: ${problems.map((one) => one.message).join('; ')}`);
  const file = SiteFile.parse({
    name: 'model',
    domain: 'model.perimeter.internal',
    network: { nodeCidr: '192.0.2.0/24' },
    people: [],
  });
  const nodes = [...profiles.keys()].map((profile, index) => ({
    name: `node-${profile}`,
    address: `192.0.2.${index + 11}`,
    profile,
    ssh: { hostKey: 'ssh-ed25519 none' },
  }));
  const inventory = { ssh: { keyFile: 'none' }, nodes };
  return normaliseSite(directory, file, inventory, profiles as ReadonlyMap<string, Profile>, []);
}
