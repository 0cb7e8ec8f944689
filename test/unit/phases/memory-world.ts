import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf, hexOf } from '../../../installer/base/digest.ts';
import { silentEvents } from '../../../installer/base/events.ts';
import type { BundleArtifact, ImageManifest, OpenBundle } from '../../../installer/bundle/bundle.ts';
import { noJournal } from '../../../installer/engine/journal.ts';
import { annotationKeys, mediaTypes } from '../../../installer/oci/media-types.ts';
import { CredentialStore } from '../../../installer/site/credentials.ts';
import { loadSite } from '../../../installer/site/load-site.ts';
import { writeSampleSite } from '../../../installer/site/sample-site.ts';
import type { Site, SiteNode } from '../../../installer/site/site.ts';
import type { MemoryCommand } from '../../../installer/testkit/memory-command.ts';
import { MemoryHost } from '../../../installer/testkit/memory-host.ts';
import type { MemoryBlob } from '../../../installer/testkit/memory-package-commands.ts';
import { samplePublicKey } from '../../fixtures/public-key.ts';
import type { PhaseWorld } from '../suites/phase-suite.ts';
import { ownFolder } from './own-folder.ts';

const seedStore = '/var/lib/perimeter/seed/blobs/sha256';

/** What each artifact that goes to nodes holds, small enough for memory. */
const contents: Readonly<Record<string, { kind: BundleArtifact['kind']; blobs: readonly MemoryBlob[] }>> = {
  'node-containerd': {
    kind: 'files',
    blobs: [{ files: { '/usr/local/bin/containerd': 'containerd', '/run/containerd/containerd.sock': '' } }],
  },
  'node-runc': { kind: 'files', blobs: [{ files: { '/usr/local/bin/runc': 'runc' } }] },
  'node-cni': { kind: 'files', blobs: [{ files: { '/opt/cni/bin/bridge': 'bridge' } }] },
  'node-crictl': { kind: 'files', blobs: [{ files: { '/usr/local/bin/crictl': 'crictl' } }] },
  'node-kubernetes': { kind: 'files', blobs: [{ files: { '/usr/local/bin/kubelet': 'kubelet' } }] },
  'node-etcd': { kind: 'files', blobs: [{ files: { '/usr/local/bin/etcdctl': 'etcdctl' } }] },
  'node-debs': {
    kind: 'debs',
    blobs: [
      {
        files: { '/lib/systemd/system/haproxy.service': '[Service]' },
        package: { name: 'haproxy', version: '2.6-1' },
      },
      { files: {}, package: { name: 'conntrack', version: '1.4-1' } },
    ],
  },
  'node-extras': {
    kind: 'debs',
    blobs: [
      {
        files: { '/lib/systemd/system/chrony.service': '[Service]' },
        package: { name: 'chrony', version: '4.3-1', needs: ['libnettle8'] },
      },
      { files: {}, package: { name: 'libnettle8', version: '3.8-1' } },
      { files: {}, package: { name: 'e2fsprogs', version: '1.47-1' } },
      { files: {}, package: { name: 'smartmontools', version: '7.3-1' } },
    ],
  },
  pause: { kind: 'image', blobs: [] },
};

const blobTexts = (name: string): string[] =>
  (contents[name]?.blobs ?? []).map((blob) => JSON.stringify(blob));

/** A bundle of artifacts that exist only as far as memory hosts can use them. */
function memoryBundle(): OpenBundle {
  const artifacts = Object.entries(contents).map(
    ([name, { kind }]): BundleArtifact => ({
      name,
      kind,
      digest: digestOf(name),
      sizeBytes: 1,
      version: 'v1',
      tag: 'v1',
      licence: 'none',
      sets: ['core'],
      source: 'memory',
    }),
  );
  return {
    path: '/nowhere',
    digest: digestOf('bundle'),
    version: '1',
    sequence: 1,
    signedBy: digestOf('nobody'),
    sizeBytes: 0,
    artifacts,
    artifact: (name) => artifacts.find((artifact) => artifact.name === name) as BundleArtifact,
    has: (name) => name in contents,
    manifest: async ({ name }): Promise<ImageManifest> => ({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: { mediaType: mediaTypes.emptyConfig, digest: digestOf('{}'), size: 2 },
      layers: (contents[name]?.blobs ?? []).map((blob, index) => {
        const text = blobTexts(name)[index] ?? '';
        const annotations =
          blob.package === undefined
            ? {}
            : {
                [annotationKeys.packageName]: blob.package.name,
                [annotationKeys.packageVersion]: blob.package.version,
                [annotationKeys.packageNeeds]: (blob.package.needs ?? []).join(' '),
              };
        return { mediaType: mediaTypes.layerZstd, digest: digestOf(text), size: text.length, annotations };
      }),
    }),
    blobs: async () => [],
    readBlob: () => {
      throw new Error('nothing is read out of a bundle in memory');
    },
    blobPieces: () => {
      throw new Error('nothing is read out of a bundle in memory');
    },
    close: async () => {},
  };
}

const sites = new Map<number, Promise<Site>>();

/** A sample site for so many hosts, written and read once. */
function sampleSite(hostCount: number): Promise<Site> {
  let site = sites.get(hostCount);
  if (site === undefined) {
    site = makeSampleSite(hostCount);
    sites.set(hostCount, site);
  }
  return site;
}

async function makeSampleSite(hostCount: number): Promise<Site> {
  const directory = await ownFolder();
  const keyFile = join(directory, 'id_ed25519');
  const { privateKey } = generateKeyPairSync('ed25519');
  await writeFile(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  const hosts = Array.from({ length: hostCount }, (_, index) => ({
    name: `n${index + 1}`,
    address: `10.1.0.${index + 11}`,
    hostKey: someHostKey(),
  }));
  const bundleKey = samplePublicKey();
  await writeSampleSite(directory, { name: 'unit', subnetCidr: '10.1.0.0/24', keyFile, bundleKey, hosts });
  return await loadSite(directory);
}

/** A public key as known_hosts has it, different every time. */
function someHostKey(): string {
  const { x = '' } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
  const field = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes]);
  const blob = Buffer.concat([field(Buffer.from('ssh-ed25519')), field(Buffer.from(x, 'base64url'))]);
  return `ssh-ed25519 ${blob.toString('base64')}`;
}

/** Further nodes, as a site of that size would have. */
function workers({ nodes: [model] }: Site, count: number): readonly SiteNode[] {
  return Array.from({ length: Math.max(0, count) }, (_, index): SiteNode => {
    const place = { name: `n${index + 4}`, address: `10.1.0.${index + 14}` };
    return { ...(model as SiteNode), ...place, roles: ['worker'] };
  });
}

/** A site of memory hosts that were seeded, as they are when the nodes are prepared. Worlds with one folder share credentials. */
export async function memoryWorld(
  hostCount: number,
  credentialsDirectory?: string,
  commands: Readonly<Record<string, MemoryCommand>> = {},
): Promise<PhaseWorld> {
  const sample = await sampleSite(Math.min(hostCount, 3));
  const site = { ...sample, nodes: [...sample.nodes, ...workers(sample, hostCount - 3)] };
  const hosts = site.nodes.map(({ name, address }) => new MemoryHost({ name, address, commands }));
  for (const host of hosts) {
    host.machine.facts = { ...host.machine.facts, hostname: host.name };
    for (const text of Object.keys(contents).flatMap(blobTexts))
      host.files.edit(`${seedStore}/${hexOf(digestOf(text))}`, text);
  }
  const byName = new Map(hosts.map((host) => [host.name, host]));
  return {
    hosts,
    setup: {
      site,
      bundle: memoryBundle(),
      hosts: { hands: (name) => byName.get(name) as MemoryHost, close: async () => {} },
      kube: undefined as never,
      credentials: await CredentialStore.open(credentialsDirectory ?? (await ownFolder())),
      events: silentEvents,
      journal: noJournal,
      signal: new AbortController().signal,
    },
  };
}
