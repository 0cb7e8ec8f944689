import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { digestOf } from '../../installer/base/digest.ts';
import { type BuiltBundle, buildBundle } from '../../installer/bundle/build-bundle.ts';
import { formatHave } from '../../installer/bundle/have.ts';
import { makeDelta } from '../../installer/bundle/make-delta.ts';
import { openBundle, openVerified } from '../../installer/bundle/open-bundle.ts';
import { SigningKeys } from '../../installer/bundle/signing-keys.ts';
import { trustOfSite } from '../../installer/bundle/trust.ts';
import { importSite } from '../support/import-site.ts';
import { moduleProgram } from '../support/module-program.ts';
import { olderKubernetes, writeOlderRecipes } from '../support/older-kubernetes.ts';

/**
 * Two real versions of Kubernetes cross the gap: the older whole, the newer as a delta; and a standard tool that knows nothing of us
 * vouches for what was carried. Compiles what the caches do not have: minutes the first time, seconds afterwards.
 */
const minutes = 60_000;
/** All of a cluster: the control plane, the programs of the nodes, and what both versions have in common. */
const sets = ['core'];
/** What a new version of Kubernetes changes. */
const ofKubernetes = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-proxy',
  'kube-scheduler',
  'node-kubernetes',
];
let folder: string;
let keysDirectory: string;
let current: string;
let older: BuiltBundle;
let newer: BuiltBundle;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perimeter-carried-'));
  keysDirectory = join(folder, 'keys');
  const recipesDirectory = join(folder, 'images');
  current = await writeOlderRecipes(recipesDirectory);
  const made = { sets, keysDirectory, onDrift: 'take' } as const;
  older = await buildBundle({ ...made, recipesDirectory, out: join(folder, 'older.tar') });
  newer = await buildBundle({ ...made, out: join(folder, 'newer.tar') });
}, 40 * minutes);
afterAll(async () => await rm(folder, { recursive: true, force: true }));

const named = (built: BuiltBundle, name: string) =>
  built.artifacts.find((artifact) => artifact.name === name);
const changedOnes = () => newer.artifacts.filter(({ name, digest }) => named(older, name)?.digest !== digest);

it('the bundles differ in Kubernetes alone', () => {
  expect(newer.artifacts.map(({ name }) => name)).toEqual(older.artifacts.map(({ name }) => name));
  expect(changedOnes().map(({ name }) => name)).toEqual(ofKubernetes);
  for (const name of ofKubernetes) {
    expect(named(older, name)?.version).toBe(olderKubernetes);
    expect(named(newer, name)?.version).toBe(current);
  }
});

it(
  'the delta carries the missing blobs alone, and with what the site has equals the newer bundle',
  async () => {
    const site = await importSite({ options: { keysDirectory } });
    await site.bring(older.file);
    const held = await openVerified(site.store, { trust: trustOfSite(site.site) });
    const against = join(folder, 'have.json');
    await writeFile(against, formatHave(site.site.name, held, site.importer));
    await held.close();

    const signer = await new SigningKeys(keysDirectory).open('builder');
    const trust = trustOfSite(site.site);
    const delta = await makeDelta(newer.file, { against, out: join(folder, 'delta.tar'), trust, signer });
    const changed = changedOnes().reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    expect(delta.carriedBytes).toBeGreaterThan(0.5 * changed);
    expect(delta.carriedBytes).toBeLessThan(1.1 * changed);
    expect((await stat(delta.file)).size).toBeLessThanOrEqual(1.02 * delta.carriedBytes);

    const { receipt, copiedBytes } = await site.bring(delta.file);
    expect(receipt).toMatchObject({ bundle: newer.digest, carriedAs: 'delta' });
    expect(copiedBytes).toBe(delta.carriedBytes);
    const bundle = await openBundle(site.store, { trust, lock: newer.lock });
    const full = await openBundle(newer.file, { trust, lock: newer.lock });
    expect(bundle.digest).toBe(full.digest);
    let compared = 0;
    for (const artifact of full.artifacts) {
      for (const { digest } of await full.blobs(artifact)) {
        expect(digestOf(await buffer(bundle.readBlob(digest)))).toBe(digest);
        compared += 1;
      }
    }
    expect(compared).toBeGreaterThan(3 * newer.artifacts.length);
    await full.close();
    await bundle.close();
  },
  10 * minutes,
);

it(
  'cosign vouches for the index by the public key alone, and not for another',
  async () => {
    const cosign = await moduleProgram('cosign', 'github.com/sigstore/cosign/v2/cmd/cosign');
    execFileSync('tar', ['-xf', newer.file, 'index.json', 'index.json.sig'], { cwd: folder });
    const verify = (): string => {
      const key = join(keysDirectory, 'builder.pub');
      const command = `"${cosign}" verify-blob --key "${key}" --signature index.json.sig --insecure-ignore-tlog=true index.json 2>&1`;
      return execFileSync('sh', ['-c', command], { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
    };
    expect(verify()).toContain('Verified OK');
    const index = join(folder, 'index.json');
    await writeFile(index, (await readFile(index, 'utf8')).replace('sha256:', 'sha256:0'));
    expect(verify).toThrow();
  },
  30 * minutes,
);
