import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { productDirectory } from '../../../installer/base/files.ts';
import { SigningKeys } from '../../../installer/bundle/signing-keys.ts';
import { noise } from '../../fixtures/made-bundle.ts';
import { type SmallWorkshop, smallWorkshop } from '../../fixtures/small-bundle.ts';
import { importSite } from '../../support/import-site.ts';
import { tinyDisk } from '../../support/tiny-disk.ts';
import { inventoryYaml, privateKey, siteYaml } from '../../unit/site/site-folder.ts';

let workshop: SmallWorkshop;
let file: string;
beforeAll(async () => {
  workshop = await smallWorkshop();
  for (const name of ['one', 'two', 'three', 'four']) {
    const recipe = `kind: files\nsets: [extra]\nlicence: Apache-2.0\nversion: v1\nfiles: [{from: content, path: /${name}, mode: "0644"}]\n`;
    await workshop.write(`${name}/source.yaml`, recipe);
    await workshop.write(`${name}/content`, noise(30_000_000, name));
  }
  ({ file } = await workshop.build());
});
afterAll(async () => await workshop[Symbol.asyncDispose]());

it('killed in the middle, the verb goes on at the blob it was at', async () => {
  using disk = tinyDisk(300 << 20);
  const store = join(disk.path, 'store');
  const site = join(disk.path, 'site');
  await writeSite(site);
  const run = () => importing(site, store);
  const first = run();
  const deadline = Date.now() + 60_000;
  while (!existsSync(join(store, 'journal.ndjson')) && Date.now() < deadline) await delay(2);
  first.kill('SIGKILL');
  await once(first, 'exit');
  const folder = join(store, 'blobs', 'sha256');
  const there = (await readdir(folder)).filter((name) => !name.endsWith('.partial'));
  const before = await Promise.all(
    there.map(async (name) => [name, (await stat(join(folder, name))).ino] as const),
  );
  expect(before.length).toBeGreaterThan(0);
  const second = run();
  const said: Buffer[] = [];
  second.stdout.on('data', (piece: Buffer) => said.push(piece));
  const [code] = (await once(second, 'exit')) as [number];
  expect(code).toBe(0);
  const result = JSON.parse(String(Buffer.concat(said)).trim().split('\n').at(-1) ?? '{}') as {
    data: { copiedBytes: number; receipt: { sizeBytes: number } };
  };
  expect(result.data.copiedBytes).toBeLessThan(result.data.receipt.sizeBytes);
  for (const [name, ino] of before) expect((await stat(join(folder, name))).ino).toBe(ino);
  expect((await readdir(folder)).filter((name) => name.endsWith('.partial'))).toEqual([]);
});

it('Ctrl-C while the scanner runs ends it and all that it started, as an interruption; then the import goes on', async () => {
  using disk = tinyDisk(300 << 20);
  const store = join(disk.path, 'store');
  const site = join(disk.path, 'site');
  const pids = join(disk.path, 'pids');
  const stuck = `sleep 300 & echo $! > ${pids}; wait`;
  await writeSite(site, `import:\n  scanner: [/bin/sh, -c, "${stuck}"]\n`);
  const going = importing(site, store);
  const ended = once(going, 'exit') as Promise<[number]>;
  const deadline = Date.now() + 60_000;
  while (!existsSync(pids) && Date.now() < deadline) await delay(10);
  going.kill('SIGINT');
  const said: Buffer[] = [];
  going.stdout.on('data', (piece: Buffer) => said.push(piece));
  expect(await ended).toEqual([130, null]);
  expect(String(Buffer.concat(said))).toContain('"code":"E_INTERRUPTED"');
  const status = await readFile(`/proc/${(await readFile(pids, 'utf8')).trim()}/stat`, 'utf8').catch(
    () => 'Z',
  );
  expect(status).toMatch(/^(\d+ \(.*\) )?Z/);
  await writeSite(site);
  const [code] = (await once(importing(site, store), 'exit')) as [number];
  expect(code).toBe(0);
});

it('a store without room is told before the first byte; one that fills up meanwhile loses nothing', async () => {
  using disk = tinyDisk(100 << 20);
  const { bring } = await importSite(workshop);
  const store = join(disk.path, 'store');
  await expect(bring(file, { store })).rejects.toMatchObject({
    code: 'E_DISK_FULL',
    message: expect.stringContaining('are free'),
  });
  expect(existsSync(store)).toBe(false);
  using larger = tinyDisk(130 << 20);
  const other = join(larger.path, 'store');
  let isFilled = false;
  const events = {
    emit: ({ kind }: { kind: string }) => {
      if (kind !== 'progress' || isFilled) return;
      isFilled = true;
      writeFileSync(join(larger.path, 'filler'), Buffer.alloc(45 << 20));
    },
  };
  await expect(bring(file, { store: other, events })).rejects.toMatchObject({
    code: 'E_DISK_FULL',
    hint: expect.stringContaining('what came in stays'),
  });
  await writeFile(join(larger.path, 'filler'), '');
  expect((await bring(file, { store: other })).copiedBytes).toBeGreaterThan(0);
});

/** The verb as a program of its own. */
function importing(site: string, store: string) {
  const program = productDirectory('installer', 'main.ts');
  const words = ['bundle', 'import', file, '--site', site, '--to', store, '--output', 'json'];
  return spawn(process.execPath, [program, ...words], {
    env: { ...process.env, XDG_CONFIG_HOME: join(workshop.folder, 'config') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function writeSite(folder: string, more = ''): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { publicKey } = await new SigningKeys(workshop.options.keysDirectory).show('builder');
  const trust = `trust:\n  bundleKeys:\n    - name: builder\n      publicKey: ${JSON.stringify(publicKey)}\n`;
  await writeFile(join(folder, 'site.yaml'), siteYaml + trust + more);
  await writeFile(join(folder, 'inventory.yaml'), inventoryYaml);
  await writeFile(join(folder, 'key'), privateKey(), { mode: 0o600 });
}
