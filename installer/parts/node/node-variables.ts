import { type Distribution, distributionOf, distributions } from '../../base/distributions.ts';
import { PerimeterError } from '../../base/errors.ts';
import { type BundleArtifact, type BundleListing, imageReference } from '../../bundle/bundle.ts';
import { gatherFacts, type HostFacts } from '../../hosts/facts.ts';
import type { HostView } from '../../hosts/host.ts';
import { annotationKeys } from '../../oci/media-types.ts';
import type { NodeArtifact } from '../../playbook/node-artifact.ts';
import type { Variables } from '../../playbook/variables.ts';
import { ensureSiteAuthority } from '../../site/certificate-authority.ts';
import type { CredentialStore, CredentialView } from '../../site/credentials.ts';
import { randomPassword } from '../../site/passwords.ts';
import type { Profile } from '../../site/profile.ts';
import { controlPlaneNodes, type Site, type SiteNode } from '../../site/site.ts';
import { placedFileSystems } from './place-file-systems.ts';

/** What nodes show to the registry; made with the registry's other credentials. */
const pullPasswordName = 'registry.password.pull';
const authorityName = 'ca.certificate';

/** Stands in plans for what is only made at install; such a value is never written to a node. */
const notMadeYet = '(made at install)';

interface Sight {
  readonly site: Site;
  readonly bundle: BundleListing;
  readonly credentials: CredentialView;
  host(name: string): HostView;
}

/** Everything that the playbooks of a node may name. The host is looked at for it. */
export async function nodeVariables(node: SiteNode, sight: Sight): Promise<Variables> {
  const { site, bundle, credentials } = sight;
  const view = sight.host(node.name);
  const [host, artifacts] = await Promise.all([gatherFacts(view), nodeArtifacts(bundle)]);
  const filesystems = await placedFileSystems(site, node, view, host.bootId);
  const distribution = distributionFor(node, host);
  const registry = `${site.endpoints.registry.host}:${site.endpoints.registry.port}`;
  return {
    site: { name: site.name, domain: site.domain, network: site.network, endpoints: site.endpoints },
    node: {
      name: node.name,
      address: node.address,
      roles: node.roles,
      isControlPlane: node.roles.includes('control-plane'),
    },
    nodes: site.nodes.map(nameAndAddress),
    controlPlanes: controlPlaneNodes(site).map(nameAndAddress),
    profile: {
      modules: node.profile.modules,
      sysctl: Object.entries(node.profile.sysctl).map(([name, value]) => ({ name, value })),
      kernelArguments: node.profile.kernelArguments,
      missingKernelArguments: node.profile.kernelArguments.filter(
        (argument) => !host.kernelArguments.includes(argument),
      ),
      packages: extraPackages(node.profile),
      timeServers: node.profile.timeServers,
      filesystems,
    },
    host,
    packages: distribution.packages,
    packageArtifacts: [distribution.packages, distribution.extras],
    registry: { url: `https://${registry}`, authorization: basicAuthorization(credentials) },
    authority: credentials.get(authorityName) ?? notMadeYet,
    // What a bundle lacks is no variable either: only a playbook that names it fails.
    images: bundle.has('pause') ? { pause: imageReference(registry, bundle.artifact('pause')) } : {},
    artifacts,
  };
}

function distributionFor(node: SiteNode, { os }: HostFacts): Distribution {
  const distribution = distributionOf(os);
  if (distribution !== undefined) return distribution;
  throw new PerimeterError('E_CHECK_REFUSED', {
    message: `${node.name} runs ${os.name || `${os.id} ${os.version}`}, which nothing was made for.`,
    hint: `Install one of these on it: ${distributions.map(({ title }) => title).join(', ')}.`,
  });
}

const fileSystemPackages = { ext4: 'e2fsprogs', xfs: 'xfsprogs' } as const;

/** What the profile names, and what other words of it need. */
function extraPackages({ packages, timeServers, filesystems }: Profile): readonly string[] {
  const clock = timeServers.length > 0 ? ['chrony'] : [];
  const makers = filesystems.map(({ type }) => fileSystemPackages[type]);
  return [...new Set([...packages, ...clock, ...makers])];
}

/** What nodes are given and what the registry will ask for: made here, because nodes come first. */
export async function ensureNodeCredentials(setup: {
  readonly site: Site;
  readonly credentials: CredentialStore;
}): Promise<void> {
  await ensureSiteAuthority(setup.credentials, setup.site.name);
  await setup.credentials.ensure(pullPasswordName, randomPassword);
}

const known = new WeakMap<BundleListing, Promise<Readonly<Record<string, NodeArtifact>>>>();

/** The artifacts that are unpacked or installed on nodes, by name. */
function nodeArtifacts(bundle: BundleListing): Promise<Readonly<Record<string, NodeArtifact>>> {
  const before = known.get(bundle);
  if (before !== undefined) return before;
  const unpacked = bundle.artifacts.filter(({ kind }) => kind === 'files' || kind === 'debs');
  const reading = Promise.all(unpacked.map((artifact) => nodeArtifact(bundle, artifact)));
  const byName = reading.then((all) => Object.fromEntries(all.map((artifact) => [artifact.name, artifact])));
  known.set(bundle, byName);
  return byName;
}

async function nodeArtifact(bundle: BundleListing, artifact: BundleArtifact): Promise<NodeArtifact> {
  const { name, kind, version, digest } = artifact;
  const { layers } = await bundle.manifest(artifact);
  return {
    name,
    kind,
    version,
    digest,
    layers: layers.map(({ digest: layerDigest, mediaType, annotations = {} }) => {
      const [packageName, packageVersion] = [
        annotations[annotationKeys.packageName],
        annotations[annotationKeys.packageVersion],
      ];
      const isPackage = packageName !== undefined && packageVersion !== undefined;
      const needs = annotations[annotationKeys.packageNeeds]?.split(' ').filter(Boolean) ?? [];
      return {
        digest: layerDigest,
        mediaType,
        ...(isPackage ? { package: { name: packageName, version: packageVersion, needs } } : {}),
      };
    }),
  };
}

function basicAuthorization(credentials: CredentialView): string {
  const password = credentials.get(pullPasswordName);
  return password === undefined ? notMadeYet : `Basic ${Buffer.from(`pull:${password}`).toString('base64')}`;
}

function nameAndAddress({ name, address }: SiteNode): { name: string; address: string } {
  return { name, address };
}
