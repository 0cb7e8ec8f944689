import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { BuiltBundle } from '../../../installer/bundle/build-bundle.ts';
import { formatImagesLock } from '../../../installer/bundle/images-lock.ts';
import { SigningKeys } from '../../../installer/bundle/signing-keys.ts';
import { runCli } from '../../../installer/cli/run-cli.ts';
import { type SmallWorkshop, smallWorkshop } from '../../fixtures/small-bundle.ts';
import { inventoryYaml, privateKey, siteYaml } from '../site/site-folder.ts';
import { KeptStreams } from './streams.ts';

let workshop: SmallWorkshop;
let older: BuiltBundle;
let site: string;
const keysDirectory = new SigningKeys().directory;

async function run(...argv: string[]): Promise<{ exitCode: number; out: string; error: string }> {
  const streams = new KeptStreams();
  const exitCode = await runCli(argv, streams);
  return { exitCode, out: streams.out, error: streams.error };
}

beforeAll(async () => {
  workshop = await smallWorkshop();
  older = await workshop.build({ keysDirectory, out: join(workshop.folder, 'older.tar') });
  await writeFile(workshop.options.lockFile, formatImagesLock({ ...older.lock, sequence: 4 }));
  const newer = await workshop.build({ keysDirectory, out: join(workshop.folder, 'newer.tar') });
  site = await mkdtemp('/dev/shm/perimeter-test-');
  await writeFile(join(site, 'site.yaml'), siteYaml + (await run('bundle', 'key', 'show', '--yaml')).out);
  await writeFile(join(site, 'inventory.yaml'), inventoryYaml);
  await writeFile(join(site, 'key'), privateKey(), { mode: 0o600 });
  expect((await run('bundle', 'import', newer.file, '--site', site)).error).not.toContain('Code:');
}, 120_000);
afterAll(async () => {
  await workshop[Symbol.asyncDispose]();
  await rm(site, { recursive: true });
});

it('a downgrade by a key that the site would not believe is refused where it is signed', async () => {
  const out = join(site, 'downgrade.json');
  const words = ['bundle', 'downgrade', older.file, '--site', site, '--reason', 'INC-1', '--out', out];
  const refused = await run(...words);
  expect(refused.exitCode).toBe(2);
  expect(refused.error).toContain('The downgrade would be signed by a key that is not trusted here');
  expect(refused.error).toContain('(trust.bundleKeys, trust.importerKeys)');
  expect(refused.error).not.toContain('Ask the builder');
  expect(await readdir(site)).not.toContain('downgrade.json');
  expect((await run(...words, '--signing-key', 'builder')).out).toContain('once.');
});
