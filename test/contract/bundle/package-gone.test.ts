import { load } from 'js-yaml';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ImagesLock } from '../../../installer/bundle/images-lock.ts';
import {
  archiveSuite,
  type SmallDebianArchive,
  smallDebianArchive,
} from '../../support/small-debian-archive.ts';
import { type SmallProduct, smallProduct } from '../../support/small-product.ts';

/** apt and mmdebstrap are the machine's own; only the archive is a small one. */
let archive: SmallDebianArchive;
let product: SmallProduct;
beforeAll(async () => {
  archive = await smallDebianArchive();
  product = await smallProduct(archive.env);
  for (const name of ['one', 'two'])
    await product.write(
      `images/debs-${name}/source.yaml`,
      `kind: debian\nsets: [core]\nlicence: MIT\nas: debs\nsuite: ${archiveSuite}\npackages: [${name}]\n`,
    );
  await product.write(
    'images/base/source.yaml',
    `kind: debian\nsets: [core]\nlicence: MIT\nas: layer\nsuite: ${archiveSuite}\npackages: [one]\n`,
  );
});
afterAll(async () => {
  await product[Symbol.asyncDispose]();
  await archive[Symbol.asyncDispose]();
});

const lock = async (...argv: readonly string[]) => await product.run('bundle', 'lock', ...argv);
const packages = async (): Promise<Record<string, Readonly<Record<string, string>> | undefined>> => {
  const { artifacts } = load(await product.read('images.lock')) as ImagesLock;
  return Object.fromEntries(artifacts.map((artifact) => [artifact.name, artifact.packages]));
};
const system = { 'base-of-the-test': '1' };

it('a lock holds the versions of packages, and they are taken again whatever newer ones the archive serves', async () => {
  await archive.serve({ one: ['1.0'], two: ['1.0'] });
  expect(await lock()).toMatchObject({ exitCode: 0, error: expect.any(String) });
  const locked = { base: { ...system, one: '1.0' }, 'debs-one': { one: '1.0' }, 'debs-two': { two: '1.0' } };
  expect(await packages()).toEqual(locked);
  await archive.serve({ one: ['1.0', '2.0'], two: ['1.0', '2.0'] });
  await product.forget();
  expect(await lock('--check')).toMatchObject({
    exitCode: 0,
    out: expect.stringContaining('fits 3 artifacts'),
  });
  expect(await packages()).toEqual(locked);
});

it('a version that is no longer served stops the build, and --refresh takes the one that is, for that artifact alone', async () => {
  const before = await product.read('images.lock');
  await archive.serve({ one: ['2.0'], two: ['1.0', '2.0'] });
  await product.forget();
  for (const argv of [
    ['--only', 'debs-one'],
    ['--only', 'debs-one', '--check'],
  ]) {
    const { exitCode, error } = await lock(...argv);
    expect(exitCode).toBe(1);
    expect(error).toContain('E_PACKAGE_GONE');
    expect(error).toContain(
      'Artifact debs-one: the package archive no longer gives what images.lock asks for',
    );
    expect(error).toContain('one: images.lock wants 1.0, the archive serves 2.0');
    expect(error).toContain('npm run perimeter -- bundle lock --refresh debs-one');
    expect(await product.read('images.lock')).toBe(before);
  }
  // Of all artifacts each that cannot be had is named, and no other; one command is named for all of them.
  const all = await lock();
  expect(all.exitCode).toBe(1);
  const [, told = ''] = all.error.split('\n\n');
  expect(told).toContain('2 artifacts could not be made: base, debs-one');
  expect(told).toContain('one: images.lock wants 1.0, the archive serves 2.0');
  expect(told).toContain('bundle lock --refresh base --refresh debs-one');
  expect(told).not.toContain('debs-two');

  const refreshed = await lock('--refresh', 'base', '--refresh', 'debs-one');
  expect(refreshed).toMatchObject({ exitCode: 0, out: expect.stringMatching(/^debs-one: digest is /m) });
  expect(refreshed.out).not.toContain('debs-two');
  expect(await packages()).toEqual({
    base: { ...system, one: '2.0' },
    'debs-one': { one: '2.0' },
    'debs-two': { two: '1.0' },
  });
  expect(await lock('--check')).toMatchObject({ exitCode: 0 });
});

it('a package that is not served at all is named', async () => {
  await archive.serve({ two: ['1.0'] });
  await product.forget();
  const { exitCode, error } = await lock('--only', 'debs-one', '--refresh', 'debs-one');
  expect(exitCode).toBe(1);
  expect(error).toContain('Artifact debs-one');
  expect(error).toMatch(/Unable to locate package one|Package 'one' has no installation candidate/);
});
