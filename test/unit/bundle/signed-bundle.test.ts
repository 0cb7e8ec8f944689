import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBundle } from '../../../installer/bundle/open-bundle.ts';
import { SigningKeys } from '../../../installer/bundle/signing-keys.ts';
import { type BundleTrust, trustOfKeys } from '../../../installer/bundle/trust.ts';
import { samplePublicKey } from '../../fixtures/public-key.ts';
import { recorded } from '../../fixtures/recorded-events.ts';
import { type SmallWorkshop, smallWorkshop } from '../../fixtures/small-bundle.ts';
import { rewriteLayout } from '../../support/rewrite-layout.ts';

let workshop: SmallWorkshop;
let keys: SigningKeys;
let file: string;
let changed: string;
beforeAll(async () => {
  workshop = await smallWorkshop();
  keys = new SigningKeys(workshop.options.keysDirectory);
  file = (await workshop.build()).file;
  changed = join(workshop.folder, 'changed.tar');
}, 120_000);
afterAll(async () => await workshop[Symbol.asyncDispose]());

const opening = async (path: string, trust: BundleTrust): Promise<string> => {
  const bundle = await openBundle(path, { trust });
  await bundle.close();
  return bundle.signedBy;
};
const trusting = (publicKey: string, notAfter?: string): BundleTrust =>
  trustOfKeys([{ name: 'own', publicKey, notAfter }], 'site.yaml');

describe('who signed', () => {
  it('is known after opening', async () => {
    const { publicKey, fingerprint } = await keys.show('builder');
    expect(await opening(file, trusting(publicKey))).toBe(fingerprint);
  });

  it('is told when the first build makes the key', async () => {
    await using other = await smallWorkshop();
    const { events, notes } = recorded();
    await other.build({ events });
    expect(notes().filter((text) => text.includes('made a key to sign bundles with'))).toHaveLength(1);
    const second = recorded();
    await other.build({ events: second.events });
    expect(second.notes()).toEqual([]);
  });

  it('must be trusted: another key is named, and what to do', async () => {
    const { fingerprint } = await keys.show('builder');
    await expect(opening(file, trusting(samplePublicKey()))).rejects.toMatchObject({
      code: 'E_KEY_UNKNOWN',
      message: expect.stringContaining(fingerprint),
    });
    await expect(opening(file, trustOfKeys([], 'site.yaml'))).rejects.toMatchObject({
      code: 'E_KEY_UNKNOWN',
      findings: ['No key is trusted: site.yaml is empty'],
    });
  });

  it('must be trusted still: a key ends with its day', async () => {
    const { publicKey } = await keys.show('builder');
    await expect(opening(file, trusting(publicKey, '2020-01-01'))).rejects.toMatchObject({
      code: 'E_KEY_EXPIRED',
      message: expect.stringContaining('"own", which is trusted only until 2020-01-01'),
    });
    expect(await opening(file, trusting(publicKey, '2999-01-01'))).toContain('sha256:');
  });

  it('is asked before a single blob is read', async () => {
    const whole = await readFile(file);
    whole[whole.length - 2000] = (whole[whole.length - 2000] ?? 0) ^ 1;
    await writeFile(changed, whole);
    await expect(opening(changed, trusting(samplePublicKey()))).rejects.toMatchObject({
      code: 'E_KEY_UNKNOWN',
    });
  });
});

describe('a signature', () => {
  const trust = async (): Promise<BundleTrust> => trusting((await keys.show('builder')).publicKey);

  it('must be there', async () => {
    await rewriteLayout(file, changed, (name, content) =>
      name.startsWith('index.json.') ? undefined : content,
    );
    await expect(opening(changed, await trust())).rejects.toMatchObject({ code: 'E_BUNDLE_UNSIGNED' });
  });

  it.each(['index.json.sig', 'index.json.pub'])('is damaged without %s', async (gone) => {
    await rewriteLayout(file, changed, (name, content) => (name === gone ? undefined : content));
    await expect(opening(changed, await trust())).rejects.toMatchObject({ code: 'E_BUNDLE_DAMAGED' });
  });

  it('of another bundle does not fit, though both are by the same key', async () => {
    const other = await workshop.build({ names: ['web'], out: join(workshop.folder, 'web.tar') });
    let signature: Buffer | undefined;
    await rewriteLayout(other.file, changed, (name, content) => {
      if (name === 'index.json.sig') signature = content;
      return content;
    });
    await rewriteLayout(file, changed, (name, content) => (name === 'index.json.sig' ? signature : content));
    await expect(opening(changed, await trust())).rejects.toMatchObject({
      code: 'E_BUNDLE_DAMAGED',
      findings: [expect.stringContaining('index.json.sig does not fit index.json')],
    });
  });

  it('cannot be made to fit by handing in another key', async () => {
    const stranger = await keys.make('stranger');
    await rewriteLayout(file, changed, (name, content) =>
      name === 'index.json.pub' ? Buffer.from(stranger.publicKey) : content,
    );
    await expect(opening(changed, await trust())).rejects.toMatchObject({ code: 'E_BUNDLE_DAMAGED' });
  });

  it('stays the same for the same content, also when the file is written anew', async () => {
    const before = await readFile(file);
    await workshop.build({ out: changed });
    expect((await readFile(changed)).equals(before)).toBe(true);
  });
});

describe('a new key that an old one vouches for', () => {
  it('is taken by sites that trust the old one, and only while they do', async () => {
    await using own = await smallWorkshop();
    const all = new SigningKeys(own.options.keysDirectory);
    await own.build();
    const old = await all.show('builder');
    await all.rotate('builder');
    await all.rotate('builder');
    const next = await all.show('builder');
    const { file: rotated, written } = await own.build();
    expect(written).toBe(true);
    expect(await opening(rotated, trusting(old.publicKey))).toBe(next.fingerprint);
    expect(await opening(rotated, trusting(next.publicKey))).toBe(next.fingerprint);
    await expect(opening(rotated, trusting(old.publicKey, '2020-01-01'))).rejects.toMatchObject({
      code: 'E_KEY_EXPIRED',
    });
    await expect(opening(rotated, trusting(samplePublicKey()))).rejects.toMatchObject({
      code: 'E_KEY_UNKNOWN',
    });
    await rewriteLayout(rotated, changed, (name, content) =>
      name === 'index.json.rotations' ? Buffer.from('[]\n') : content,
    );
    await expect(opening(changed, trusting(old.publicKey))).rejects.toMatchObject({ code: 'E_KEY_UNKNOWN' });
    await rewriteLayout(rotated, changed, (name, content) =>
      name === 'index.json.rotations' ? Buffer.from(String(content).replace('"at":"2', '"at":"3')) : content,
    );
    await expect(opening(changed, trusting(old.publicKey))).rejects.toMatchObject({
      code: 'E_BUNDLE_DAMAGED',
      findings: ['index.json.rotations was changed after it was signed'],
    });
  });
});
