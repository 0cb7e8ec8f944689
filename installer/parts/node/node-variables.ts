import { distributionOf, distributions } from '../../base/distributions.ts';
import { PerimeterError } from '../../base/errors.ts';
import { type BundleArtifact, imageReference, type OpenBundle } from '../../bundle/bundle.ts';
import { gatherFacts, type HostFacts } from '../../hosts/facts.ts';
import type { HostView } from '../../hosts/host.ts';
import { annotationKeys } from '../../oci/media-types.ts';
import type { NodeArtifact } from '../../playbook/node-artifact.ts';
import type { Variables } from '../../playbook/variables.ts';
import { ensureSiteAuthority } from '../../site/certificate-authority.ts';
import type { CredentialStore, CredentialView } from '../../site/credentials.ts';
import { randomPassword } from '../../site/passwords.ts';
import { controlPlaneNodes, type Site, type SiteNode } from '../../site/site.ts';

/** What nodes show to the registry; made with the registry's other credentials. */
const pullPasswordName = 'registry.password.pull';
const authorityName = 'ca.certificate';

/** Stands in plans for what is only made at install; such a value is never written to a node. */
const notMadeYet = '(made at install)';

interface Sight {
  readonly site: Site;
  readonly bundle: OpenBundle;
  readonly credentials: CredentialView;
  host(name: string): HostView;
}

/** Everything that the playbooks of a node may name. The host is looked at for it. */
export async function nodeVariables(node: SiteNode, sight: Sight): Promise<Variables> {
  const { site, bundle, credentials } = sight;
  const [host, artifacts] = await Promise.all([gatherFacts(sight.host(node.name)), nodeArtifacts(bundle)]);
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
    },
    host,
    packages: packagesFor(node, host),
    registry: { url: `https://${registry}`, authorization: basicAuthorization(credentials) },
    authority: credentials.get(authorityName) ?? notMadeYet,
    images: { pause: imageReference(registry, bundle.artifact('pause')) },
    artifacts,
  };
}

/** Name of the artifact with the packages that a node needs of its own distribution. */
function packagesFor(node: SiteNode, { os }: HostFacts): string {
  const distribution = distributionOf(os);
  if (distribution !== undefined) return distribution.packages;
  throw new PerimeterError('E_CHECK_REFUSED', {
    message: `${node.name} runs ${os.name || `${os.id} ${os.version}`}, which nothing was made for.`,
    hint: `Install one of these on it: ${distributions.map(({ title }) => title).join(', ')}.`,
  });
}

/** What nodes are given and what the registry will ask for: made here, because nodes come first. */
export async function ensureNodeCredentials(setup: {
  readonly site: Site;
  readonly credentials: CredentialStore;
}): Promise<void> {
  await ensureSiteAuthority(setup.credentials, setup.site.name);
  await setup.credentials.ensure(pullPasswordName, randomPassword);
}

const known = new WeakMap<OpenBundle, Promise<Readonly<Record<string, NodeArtifact>>>>();

/** The artifacts that are unpacked or installed on nodes, by name. */
function nodeArtifacts(bundle: OpenBundle): Promise<Readonly<Record<string, NodeArtifact>>> {
  const before = known.get(bundle);
  if (before !== undefined) return before;
  const unpacked = bundle.artifacts.filter(({ kind }) => kind === 'files' || kind === 'debs');
  const reading = Promise.all(unpacked.map((artifact) => nodeArtifact(bundle, artifact)));
  const byName = reading.then((all) => Object.fromEntries(all.map((artifact) => [artifact.name, artifact])));
  known.set(bundle, byName);
  return byName;
}

async function nodeArtifact(bundle: OpenBundle, artifact: BundleArtifact): Promise<NodeArtifact> {
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
      return {
        digest: layerDigest,
        mediaType,
        ...(isPackage ? { package: { name: packageName, version: packageVersion } } : {}),
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
