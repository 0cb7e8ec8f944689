import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BlobServer } from '../../../installer/agent/blob-server.ts';
import { RateLimit } from '../../../installer/agent/rate-limit.ts';
import { planTags } from '../../../installer/seed/plan-tags.ts';
import { RunAuthority } from '../../../installer/seed/run-authority.ts';
import { seedBlobs } from '../../../installer/seed/seed-plan.ts';
import { SourceLibrary } from '../../../installer/seed/source-library.ts';
import { madeBundle } from '../../fixtures/made-bundle.ts';
import { RealContainerd } from '../../support/real-containerd.ts';

/** Clients that know nothing of this project pull by name from a peer. */
const bundle = madeBundle([
  { name: 'etcd', layers: [{ bytes: 300_000, salt: 'etcd' }] },
  { name: 'gitea', sets: ['git'], layers: [{ bytes: 200_000, salt: 'gitea' }] },
]);
const [etcd, gitea] = bundle.artifacts;
let folder = '';
let server: BlobServer;
let address = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pull-by-tag-'));
  const authority = await RunAuthority.create();
  // The plan of the boot set: the other image is in the bundle, but not in the plan.
  const blobs = (await seedBlobs(bundle)).filter(({ group }) => group === 0);
  server = new BlobServer({
    identity: await authority.issue('source', ['127.0.0.1']),
    library: new SourceLibrary(bundle, blobs),
    tags: planTags(bundle, blobs),
    rate: new RateLimit(0),
    address: '127.0.0.1',
    port: 0,
  });
  address = `127.0.0.1:${await server.listen()}`;
  const peer = await authority.issue('peer', ['127.0.0.1']);
  await mkdir(join(folder, 'certs'));
  await writeFile(join(folder, 'certs', 'ca.crt'), peer.authority);
  await writeFile(join(folder, 'certs', 'client.cert'), peer.certificate);
  await writeFile(join(folder, 'certs', 'client.key'), peer.key, { mode: 0o600 });
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

function skopeo(name: string, to: string) {
  const certificates = ['--src-cert-dir', join(folder, 'certs')];
  const policy = ['--insecure-policy'];
  return execa('skopeo', [...policy, 'copy', ...certificates, `docker://${address}/${name}`, `dir:${to}`], {
    reject: false,
  });
}

test('skopeo copies an image by its tag, byte by byte', async () => {
  const to = join(folder, 'copied');
  const { exitCode, stderr } = await skopeo('platform/etcd:v1', to);
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
  const manifest = await readFile(join(to, 'manifest.json'));
  expect(manifest.length).toBe((await bundle.blobs(etcd as never))[0]?.sizeBytes);
});

test('what the plan does not hold has no name', async () => {
  expect(gitea?.name).toBe('gitea');
  for (const name of ['platform/gitea:v1', 'platform/etcd:v2', 'other/etcd:v1']) {
    const { exitCode, stderr } = await skopeo(name, join(folder, 'refused'));
    expect(exitCode).not.toBe(0);
    expect(stderr).toMatch(/manifest unknown/);
  }
});

test('containerd fetches by the name that a site gives, with the peer as the mirror', async () => {
  const runtime = await RealContainerd.start(join(folder, 'runtime'));
  try {
    const registry = 'registry.contract.internal:30500';
    const hosts = join(folder, 'hosts.d', registry);
    await mkdir(hosts, { recursive: true });
    const certs = join(folder, 'certs');
    await writeFile(
      join(hosts, 'hosts.toml'),
      `server = "https://${address}"
[host."https://${address}"]
  capabilities = ["pull", "resolve"]
  ca = "${certs}/ca.crt"
  client = [["${certs}/client.cert", "${certs}/client.key"]]
`,
    );
    const name = `${registry}/platform/etcd:v1`;
    const fetched = await runtime.ctr('content', 'fetch', '--hosts-dir', join(folder, 'hosts.d'), name);
    expect(fetched.exitCode).toBe(0);
    expect((await runtime.ctr('images', 'ls', '-q')).stdout.trim()).toBe(name);
    expect(await runtime.completeImages()).toEqual([name]);
  } finally {
    await runtime.down('SIGKILL');
  }
});
