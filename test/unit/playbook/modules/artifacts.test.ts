import { expect, it } from 'vitest';
import { digestOf, hexOf } from '../../../../installer/base/digest.ts';
import { playbookModules } from '../../../../installer/playbook/modules.ts';
import type { NodeArtifact } from '../../../../installer/playbook/node-artifact.ts';
import { MemoryHost } from '../../../../installer/testkit/memory-host.ts';
import type { MemoryBlob } from '../../../../installer/testkit/memory-package-commands.ts';
import { describeModule } from '../../suites/module-suite.ts';

const store = '/var/lib/perimeter/seed/blobs/sha256';

/** An artifact and a host that was seeded with it. */
function seeded(name: string, kind: string, version: string, blobs: readonly MemoryBlob[]) {
  const texts = blobs.map((blob) => JSON.stringify(blob));
  const artifact: NodeArtifact = {
    name,
    kind,
    version,
    digest: digestOf(`${name} ${version}`),
    layers: blobs.map(({ package: found }, index) => ({
      digest: digestOf(texts[index] ?? ''),
      mediaType: 'application/vnd.oci.image.layer.v1.tar+zstd',
      ...(found === undefined ? {} : { package: found }),
    })),
  };
  const seed = (host: MemoryHost): void =>
    texts.forEach((text) => host.files.edit(`${store}/${hexOf(digestOf(text))}`, text));
  return { artifact, seed, context: { variables: { artifacts: { [name]: artifact } } } };
}

const cni = seeded('node-cni', 'files', 'v2', [
  { files: { '/opt/cni/bin/bridge': 'bridge 2', '/opt/cni/bin/portmap': 'portmap 2' } },
]);
const olderCni = seeded('node-cni', 'files', 'v1', [
  { files: { '/opt/cni/bin/bridge': 'bridge 1', '/opt/cni/bin/gone': 'gone 1' } },
]);
const debs = seeded('node-debs', 'debs', 'bookworm', [
  { files: { '/usr/sbin/haproxy': 'haproxy' }, package: { name: 'haproxy', version: '2.6.12-1+deb12u1' } },
  { files: {}, package: { name: 'curl', version: '7.88.1-10' } },
]);

const artifactModule = playbookModules['artifact'];
const context = { directory: '/nowhere', quiet: false, ...cni.context };

async function unpack(host: MemoryHost, source: typeof cni): Promise<void> {
  const whole = { ...context, ...source.context };
  const facts = await artifactModule?.inspect({ name: 'node-cni' }, host, whole);
  await artifactModule?.apply({ name: 'node-cni' }, facts, host, whole);
}

describeModule('artifact', [
  {
    title: 'unpacks files to their places',
    args: { name: 'node-cni' },
    context: cni.context,
    prepare: cni.seed,
    sentence: 'unpack node-cni v2',
    after(host) {
      expect(host.files.text('/opt/cni/bin/portmap')).toBe('portmap 2');
      expect(host.files.text('/var/lib/perimeter/artifacts/node-cni.json')).toContain(cni.artifact.digest);
    },
  },
]);

describeModule('debs', [
  {
    title: 'installs what is missing or older, and leaves what is newer',
    args: { artifact: 'node-debs' },
    context: debs.context,
    prepare(host) {
      debs.seed(host);
      host.machine.packages.set('haproxy', '2.6.12-1').set('curl', '7.88.1-10+deb12u5');
    },
    sentence: 'install 1 package: haproxy',
    after: (host) =>
      expect([...host.machine.packages]).toEqual([
        ['haproxy', '2.6.12-1+deb12u1'],
        ['curl', '7.88.1-10+deb12u5'],
      ]),
  },
]);

describeModule('apt', [
  {
    title: 'installs a named package out of the bundle',
    args: { name: 'curl' },
    context: debs.context,
    prepare: debs.seed,
    sentence: 'install curl',
    after: (host) => expect(host.machine.packages.get('curl')).toBe('7.88.1-10'),
  },
  {
    title: 'removes packages',
    args: { name: ['curl', 'absent'], state: 'absent' },
    prepare: (host) => void host.machine.packages.set('curl', '1'),
    sentence: 'remove curl',
    after: (host) => expect(host.machine.packages.has('curl')).toBe(false),
  },
]);

it('an unpacked file that somebody changed is found, with what was wanted and what is there', async () => {
  const host = new MemoryHost();
  cni.seed(host);
  await unpack(host, cni);
  host.files.edit('/opt/cni/bin/bridge', 'something else');
  host.files.attributes('/opt/cni/bin/portmap', { mode: 0o777 });
  const facts = await artifactModule?.inspect({ name: 'node-cni' }, host, context);
  const change = artifactModule?.plan({ name: 'node-cni' }, facts, context);
  expect(change?.sentence).toBe('unpack node-cni v2 again');
  expect(change?.differences.map(({ item }) => item)).toEqual([
    'content of /opt/cni/bin/bridge',
    'mode of /opt/cni/bin/portmap',
  ]);
});

it('a file that was touched and put back is no difference', async () => {
  const host = new MemoryHost();
  cni.seed(host);
  await unpack(host, cni);
  const { mode = 0 } = host.files.status('/opt/cni/bin/bridge') ?? {};
  host.files.edit('/opt/cni/bin/bridge', 'something else');
  host.files.edit('/opt/cni/bin/bridge', 'bridge 2');
  host.files.attributes('/opt/cni/bin/bridge', { mode });
  const facts = await artifactModule?.inspect({ name: 'node-cni' }, host, context);
  expect(artifactModule?.plan({ name: 'node-cni' }, facts, context)).toBeUndefined();
});

it('another version replaces the files and removes those that it no longer has', async () => {
  const host = new MemoryHost();
  cni.seed(host);
  olderCni.seed(host);
  await unpack(host, olderCni);
  await unpack(host, cni);
  expect(host.files.names('/opt/cni/bin')).toEqual(['bridge', 'portmap']);
  expect(host.files.text('/opt/cni/bin/bridge')).toBe('bridge 2');
});

it('an artifact that the bundle lacks is named, with those that it has', async () => {
  await expect(artifactModule?.inspect({ name: 'node-cnl' }, new MemoryHost(), context)).rejects.toThrow(
    'no artifact node-cnl of kind files; it has node-cni',
  );
});

it('a blob that was not seeded is named', async () => {
  await expect(unpack(new MemoryHost(), cni)).rejects.toMatchObject({
    code: 'E_HOST_COMMAND',
    message: expect.stringContaining('not in the seed store'),
  });
});

it('apt brings along what a package needs, and takes packages for the own distribution alone', async () => {
  const version = '1';
  const ours = seeded('node-extras', 'debs', version, [
    { files: {}, package: { name: 'chrony', version, needs: ['libnettle8'] } },
    { files: {}, package: { name: 'libnettle8', version, needs: ['libgmp'] } },
    { files: {}, package: { name: 'libgmp', version, needs: ['libnettle8'] } },
    { files: {}, package: { name: 'other', version, needs: [] } },
  ]);
  const theirs = seeded('node-extras-noble', 'debs', version, [
    { files: {}, package: { name: 'only-theirs', version } },
  ]);
  const variables = {
    artifacts: { 'node-extras': ours.artifact, 'node-extras-noble': theirs.artifact },
    packageArtifacts: ['node-debs', 'node-extras'],
  };
  const apart = { variables, directory: '/nowhere', quiet: false };
  const host = new MemoryHost();
  ours.seed(host);
  theirs.seed(host);
  const module = playbookModules['apt'];
  const facts = await module?.inspect({ name: 'chrony' }, host, apart);
  await module?.apply({ name: 'chrony' }, facts, host, apart);
  expect([...host.machine.packages.keys()].toSorted()).toEqual(['chrony', 'libgmp', 'libnettle8']);

  const foreign = await module?.inspect({ name: 'only-theirs' }, host, apart);
  expect(() => module?.plan({ name: 'only-theirs' }, foreign, apart)).toThrow(
    'the bundle holds no package only-theirs for this host',
  );
});
