import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BuiltBundle } from '../../../installer/bundle/build-bundle.ts';
import { SigningKeys } from '../../../installer/bundle/signing-keys.ts';
import { runCli } from '../../../installer/cli/run-cli.ts';
import { noise } from '../../fixtures/made-bundle.ts';
import { type SmallWorkshop, smallWorkshop } from '../../fixtures/small-bundle.ts';
import { inventoryYaml, privateKey, siteYaml } from '../site/site-folder.ts';
import { KeptStreams } from './streams.ts';

let workshop: SmallWorkshop;
let first: BuiltBundle;
let second: BuiltBundle;
let closed: string;
let site: string;
let stick: string;

/** The keys of this test run's own person: the verbs find them by themselves. */
const keysDirectory = new SigningKeys().directory;

async function run(
  ...argv: string[]
): Promise<{ exitCode: number; data: Record<string, unknown>; error: Record<string, unknown> }> {
  const streams = new KeptStreams();
  const exitCode = await runCli([...argv, '--output', 'json'], streams);
  const last = streams.outJson.at(-1) as { data?: Record<string, unknown> };
  return { exitCode, data: last.data ?? {}, error: last };
}

async function told(...argv: string[]): Promise<string> {
  const streams = new KeptStreams();
  expect(await runCli(argv, streams), streams.error).toBe(0);
  return streams.out;
}

beforeAll(async () => {
  workshop = await smallWorkshop();
  stick = join(workshop.folder, 'stick');
  first = await workshop.build({ keysDirectory, out: join(workshop.folder, 'first.tar') });
  await workshop.write('tool/content', noise(300_000, 'newer'));
  second = await workshop.build({ keysDirectory, out: join(workshop.folder, 'second.tar') });
  closed = await mkdtemp('/dev/shm/perimeter-test-');
  site = join(closed, 'site');
  await mkdir(site);
}, 120_000);
afterAll(async () => {
  await workshop[Symbol.asyncDispose]();
  await rm(closed, { recursive: true });
});

describe('a bundle carried from the builder into a site, verb by verb', () => {
  it('the key goes into site.yaml as it is printed', async () => {
    const trust = await told('bundle', 'key', 'show', '--yaml');
    await writeFile(join(site, 'site.yaml'), siteYaml + trust);
    await writeFile(join(site, 'inventory.yaml'), inventoryYaml);
    await writeFile(join(site, 'key'), privateKey(), { mode: 0o600 });
    expect((await run('validate', site)).exitCode).toBe(0);
    const { data } = await run('bundle', 'key', 'ls');
    expect(data).toMatchObject({ keys: [{ name: 'builder', canSign: true }] });
    expect(JSON.stringify(data)).not.toContain('PRIVATE');
  });

  it('export writes it out', async () => {
    const { data } = await run('bundle', 'export', first.file, '--to', stick);
    expect(data).toMatchObject({ sizeBytes: first.sizeBytes, parts: [{ sizeBytes: first.sizeBytes }] });
    expect((await run('bundle', 'verify', stick, '--site', site)).data).toMatchObject({
      digest: first.digest,
    });
  });

  it('import brings it in, and plan would take the store', async () => {
    const { data } = await run('bundle', 'import', stick, '--site', site);
    expect(data).toMatchObject({ wasThere: false, receipt: { bundle: first.digest, keptAs: 'copy' } });
    expect((await run('bundle', 'import', stick, '--site', site)).data).toMatchObject({ wasThere: true });
    expect(await told('bundle', 'ls', join(site, 'bundles'), '--site', site)).toMatch(/^tool +files/m);
  });

  it('have, delta and import bring in only what is new', async () => {
    const have = join(stick, 'have.json');
    const delta = join(stick, 'delta.tar');
    expect((await run('site', 'have', site, '--out', have)).data).toMatchObject({ bundle: first.digest });
    const made = await run('bundle', 'delta', second.file, '--against', have, '--out', delta);
    expect(made.data).toMatchObject({ site: 'plant' });
    expect(await told('bundle', 'diff', join(site, 'bundles'), second.file)).toContain(
      'Same version, other content',
    );
    const verified = await told('bundle', 'verify', delta, '--site', site);
    expect(verified).toContain(`${delta} is a delta, and what it carries is whole`);
    expect(verified).toMatch(
      new RegExp(`^needs +bundle ${first.digest}, of which the store of site plant`, 'm'),
    );
    expect(await told('bundle', 'ls', delta)).toMatch(/^ARTIFACT +KIND +VERSION +CARRIED.*\ntool +files /);
    expect(await told('bundle', 'inspect', delta)).toMatch(/^delta of +sha256:.*\n(.*\n)*artifacts 1 of 3/m);
    expect((await run('bundle', 'inspect', delta, 'web')).data).toMatchObject({ carriedBytes: 0 });
    expect((await run('bundle', 'verify', delta)).data).toMatchObject({
      digest: second.digest,
      delta: { against: first.digest, site: 'plant', carried: made.data['carried'] },
    });
    const parts = await run('bundle', 'export', delta, '--to', join(stick, 'parts'), '--part-size', '4MiB');
    expect(parts.data).toMatchObject({ sizeBytes: made.data['sizeBytes'] });
    expect((await run('bundle', 'import', delta, '--site', site)).data).toMatchObject({
      receipt: { bundle: second.digest, carriedAs: 'delta' },
    });
    expect((await run('bundle', 'diff', join(site, 'bundles'), second.file)).data).toMatchObject({
      changes: [],
      carryBytes: 0,
    });
  });

  it('repair says that nothing is damaged, and then that there is no parity', async () => {
    expect((await run('bundle', 'repair', stick)).data).toMatchObject({ mended: [] });
    const [tar = ''] = (await readdir(stick)).filter((name) => /^perimeter-.*\.tar$/.test(name));
    await writeFile(join(stick, tar), Buffer.alloc(first.sizeBytes));
    expect(await run('bundle', 'repair', stick)).toMatchObject({
      exitCode: 2,
      error: { code: 'E_BUNDLE_DAMAGED' },
    });
  });

  it('rotate keeps the old key, and a site that trusts it takes what the new one signs', async () => {
    const { data } = await run('bundle', 'key', 'rotate');
    expect(data).toMatchObject({ kept: expect.stringMatching(/^builder-[a-f0-9]{8}$/) });
    const third = await workshop.build({ keysDirectory, out: join(workshop.folder, 'third.tar') });
    expect((await run('bundle', 'verify', third.file, '--site', site)).exitCode).toBe(0);
  });
});

it('words that are missing or make no sense are told', async () => {
  const wrong: (readonly [string[], string])[] = [
    [['bundle', 'export', 'x.tar'], '--to is missing'],
    [['bundle', 'export', 'x.tar', '--to', 'y', '--part-size', 'huge'], 'is no size'],
    [['bundle', 'export', 'x.tar', '--to', 'y', '--parity', '200%'], 'no percentage'],
    [['bundle', 'import', 'x.tar'], '--site is missing'],
    [['bundle', 'delta', 'x.tar'], '--against is missing'],
    [['bundle', 'downgrade', 'x.tar'], '--site and --reason'],
  ];
  for (const [argv, message] of wrong) {
    const { exitCode, error } = await run(...argv);
    expect([exitCode, error['code']], argv.join(' ')).toEqual([2, 'E_USAGE']);
    expect(String(error['message'])).toContain(message);
  }
});
