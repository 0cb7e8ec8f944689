import { closeSync, existsSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { PerimeterError } from '../../../installer/base/errors.ts';
import type { BuiltBundle } from '../../../installer/bundle/build-bundle.ts';
import { openBundle } from '../../../installer/bundle/open-bundle.ts';
import { SigningKeys } from '../../../installer/bundle/signing-keys.ts';
import { trustOfSite } from '../../../installer/bundle/trust.ts';
import { runCli } from '../../../installer/cli/run-cli.ts';
import { releases } from '../../fixtures/releases.ts';
import { type SmallWorkshop, smallWorkshop } from '../../fixtures/small-bundle.ts';
import { importSite } from '../../support/import-site.ts';
import { tinyDisk } from '../../support/tiny-disk.ts';
import { KeptStreams } from '../../unit/cli/streams.ts';
import { inventoryYaml, privateKey, siteYaml } from '../../unit/site/site-folder.ts';

let workshop: SmallWorkshop;
let older: BuiltBundle;
let newer: BuiltBundle;
let site: string;
let have: string;

async function run(...argv: string[]): Promise<{ exitCode: number; error: Record<string, unknown> }> {
  const streams = new KeptStreams();
  const exitCode = await runCli([...argv, '--output', 'json'], streams);
  return { exitCode, error: streams.outJson.at(-1) as Record<string, unknown> };
}

beforeAll(async () => {
  workshop = await smallWorkshop();
  vi.stubEnv('XDG_CONFIG_HOME', join(workshop.folder, 'config'));
  vi.stubEnv('XDG_STATE_HOME', join(workshop.folder, 'state'));
  Object.assign(workshop.options, { keysDirectory: new SigningKeys().directory });
  [older, newer] = (await releases(workshop, 2)) as [BuiltBundle, BuiltBundle];
  site = join(workshop.folder, 'site');
  await mkdir(site);
  const { publicKey } = await new SigningKeys().show('builder');
  const importer = await new SigningKeys().make('importer');
  const key = (name: string, pem: string): string =>
    `    - name: ${name}\n      publicKey: ${JSON.stringify(pem)}\n`;
  const trust = `trust:\n  bundleKeys:\n${key('builder', publicKey)}  importerKeys:\n${key('importer', importer.publicKey)}`;
  await writeFile(join(site, 'site.yaml'), siteYaml + trust);
  await writeFile(join(site, 'inventory.yaml'), inventoryYaml);
  await writeFile(join(site, 'key'), privateKey(), { mode: 0o600 });
  expect((await run('bundle', 'import', newer.file, '--site', site)).exitCode).toBe(0);
  have = join(workshop.folder, 'have.json');
  expect((await run('site', 'have', site, '--out', have)).exitCode).toBe(0);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await workshop[Symbol.asyncDispose]();
});

/** Every verb that writes what a bundle is or is about, to a file or into a folder that a person names. */
const verbs: Readonly<Record<string, (target: string) => Promise<{ exitCode: number; error: object }>>> = {
  'bundle import': (to) => run('bundle', 'import', older.file, '--site', site, '--to', to),
  'bundle export': (to) => run('bundle', 'export', older.file, '--to', to),
  'bundle delta': (out) => run('bundle', 'delta', older.file, '--against', have, '--out', out),
  'bundle downgrade': (out) =>
    run('bundle', 'downgrade', older.file, '--site', site, '--reason', 'INC-1', '--out', out),
  'site have': (out) => run('site', 'have', site, '--out', out),
  // Building takes the recipes of the product; what writes the file is the same.
  'bundle build': async (out) =>
    await workshop.build({ out }).then(
      () => ({ exitCode: 0, error: {} }),
      (error: PerimeterError) => ({ exitCode: error.exitCode, error }),
    ),
  'bundle key make': async (folder) => {
    vi.stubEnv('XDG_CONFIG_HOME', folder);
    try {
      return await run('bundle', 'key', 'make', 'builder');
    } finally {
      vi.stubEnv('XDG_CONFIG_HOME', join(workshop.folder, 'config'));
    }
  },
};
/** Those that make a folder of what they are given. */
const intoFolders = ['bundle import', 'bundle export', 'bundle key make'];

function fill(path: string): void {
  const fd = openSync(path, 'w');
  try {
    for (const size of [1 << 20, 4096, 1]) {
      try {
        for (;;) if (writeSync(fd, Buffer.alloc(size)) < size) break;
      } catch {}
    }
  } finally {
    closeSync(fd);
  }
}

async function filesIn(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found.filter((one) => one.isFile()).map(({ name }) => name);
}

describe.each(Object.entries(verbs))('%s', (name, write) => {
  const expectTold = async (target: string, code: string, named = target): Promise<void> => {
    const { exitCode, error } = await write(target);
    expect([exitCode, error], `${name} ${target}`).toEqual([1, expect.objectContaining({ code })]);
    const { message, hint } = error as { message: string; hint: string };
    expect(message).toContain(named);
    expect(hint).not.toBe('');
  };

  it('says what cannot be written, where nothing can', async () => {
    using disk = tinyDisk(8 << 20);
    mkdirSync(join(disk.path, 'there'));
    disk.makeReadOnly();
    await expectTold(join(disk.path, 'new'), 'E_FILE_WRITE');
    await expectTold(join(disk.path, 'there', 'new'), 'E_FILE_WRITE');
  });

  it('says so of a path that leads nowhere, or through a file', async () => {
    const file = join(workshop.folder, 'a-file');
    await writeFile(file, 'in the way');
    await expectTold(join(file, 'below'), 'E_FILE_WRITE');
    await expectTold('/proc/new/new', 'E_FILE_WRITE');
    await expectTold('/sys/new', 'E_FILE_WRITE');
    await expectTold(join(workshop.folder, 'x'.repeat(300)), 'E_FILE_WRITE');
    if (intoFolders.includes(name)) await expectTold(file, 'E_FILE_WRITE');
    else {
      const folder = await mkdtemp(join(workshop.folder, 'folder-'));
      await writeFile(join(folder, 'something'), '');
      await expectTold(folder, 'E_FILE_WRITE');
    }
  });

  it('says so of a disk that is full, by bytes and by files, and leaves nothing half written', async () => {
    using disk = tinyDisk(8 << 20);
    mkdirSync(join(disk.path, 'there'));
    fill(join(disk.path, 'filler'));
    await expectTold(join(disk.path, 'there', 'new'), 'E_DISK_FULL', disk.path);
    expect(await filesIn(disk.path)).toEqual(['filler']);
    // The root is one, and the folder.
    using few = tinyDisk(8 << 20, 2);
    mkdirSync(join(few.path, 'there'));
    await expectTold(join(few.path, 'there', 'new'), 'E_DISK_FULL', few.path);
    expect(await filesIn(few.path)).toEqual([]);
  });
});

it('rotating a key on a full disk loses neither key', async () => {
  using disk = tinyDisk(8 << 20);
  const keys = new SigningKeys(join(disk.path, 'keys'));
  const { fingerprint } = await keys.make('builder');
  fill(join(disk.path, 'filler'));
  await expect(keys.rotate('builder')).rejects.toMatchObject({ code: 'E_DISK_FULL' });
  expect((await keys.open('builder')).fingerprint).toBe(fingerprint);
});

describe('an import into a small store', () => {
  it('either fits, or says so before the first byte: at no size does it stop in the middle', async () => {
    const { bring } = await importSite(workshop);
    const outcomes = new Set<string>();
    for (let blocks = 0; blocks < 120; blocks += 3) {
      using disk = tinyDisk(older.sizeBytes - 40_000 + blocks * 4096);
      const store = join(disk.path, 'store');
      const outcome = await bring(older.file, { store }).then(
        () => 'came in',
        (error: PerimeterError) =>
          `${error.code} ${error.message.includes('are free') ? 'before' : 'meanwhile'}`,
      );
      outcomes.add(outcome);
      expect(existsSync(store)).toBe(outcome === 'came in');
    }
    expect([...outcomes]).toEqual(['E_DISK_FULL before', 'came in']);
  });

  it('nor for want of inodes', async () => {
    const { bring } = await importSite(workshop);
    const outcomes = new Set<string>();
    for (let inodes = 2; inodes < 80; inodes += 2) {
      using disk = tinyDisk(16 << 20, inodes);
      const store = join(disk.path, 'store');
      const outcome = await bring(older.file, { store }).then(
        () => 'came in',
        (error: PerimeterError) => error.code,
      );
      outcomes.add(outcome);
      expect(existsSync(store)).toBe(outcome === 'came in');
    }
    expect([...outcomes]).toEqual(['E_DISK_FULL', 'came in']);
  });

  it('that somebody else fills at any moment says so, and goes on when there is room', async () => {
    const moments = ['start import', 'progress import', 'done import', 'done scan'];
    for (const moment of moments) {
      using disk = tinyDisk(8 << 20);
      const { bring, site: closed } = await importSite(workshop, { import: { scanner: ['/bin/true'] } });
      const store = join(disk.path, 'store');
      const filler = join(disk.path, 'filler');
      const events = {
        emit: ({ kind, scope }: { readonly kind: string; readonly scope: readonly string[] }): void => {
          if (moment === `${kind} ${scope[1]}` && !existsSync(filler)) fill(filler);
        },
      };
      await expect(bring(older.file, { store, events }), moment).rejects.toMatchObject({
        code: 'E_DISK_FULL',
      });
      await rm(filler);
      await bring(older.file, { store });
      await (await openBundle(store, { trust: trustOfSite(closed) })).close();
    }
  });

  it('makes room for itself by what no bundle needs any more', async () => {
    using disk = tinyDisk(2 << 20);
    const { bring } = await importSite(workshop);
    const store = join(disk.path, 'store');
    await bring(older.file, { store });
    // As an import leaves it that was refused, and not tried again.
    writeFileSync(join(store, 'blobs', 'sha256', 'f'.repeat(64)), Buffer.alloc(1_300_000));
    expect((await bring(newer.file, { store })).receipt.bundle).toBe(newer.digest);
  });
});
