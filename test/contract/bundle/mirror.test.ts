import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Digest, digestOf, hexOf } from '../../../installer/base/digest.ts';
import { readSbom } from '../../../installer/bundle/read-sbom.ts';
import { BlobStore } from '../../../installer/oci/blob-store.ts';
import { type SmallWorkshop, smallWorkshop } from '../../fixtures/small-bundle.ts';
import { account, registryPrograms } from '../oci/real-registries.ts';
import type { LyingLine } from './lying-line.ts';
import { type MirrorPlace, type MirrorVisit, mirrorPlace } from './mirror-place.ts';
import { repository } from './upstream-content.ts';

// Registries answer differently where nothing is written down: each that is here is asked.
describe.each(await registryPrograms())('an image mirrored from $name', ({ program }) => {
  let place: MirrorPlace;
  let visit: MirrorVisit;
  let line: LyingLine;
  let workshop: SmallWorkshop;
  let index: Digest;
  let images: MirrorPlace['images'];
  let folder: string;

  beforeAll(async () => {
    place = await mirrorPlace(program);
    ({ index, images, folder } = place);
  });
  afterAll(async () => await place.remove());
  beforeEach(async () => {
    visit = await place.visit();
    ({ line, workshop } = visit);
  });
  afterEach(async () => await visit.end());

  const recipe = async (digest: Digest, more = ''): Promise<void> => await visit.recipe(digest, more);
  const build = () => workshop.build({ names: ['tool'] });
  const failure = async (): Promise<Error & { code: string }> =>
    (await build().then(
      () => expect.fail('it was mirrored'),
      (error: unknown) => error,
    )) as Error & { code: string };
  const keptBlobs = async (): Promise<string[]> =>
    (await readdir(join(workshop.options.cacheRoot, 'blobs', 'sha256')).catch(() => [])).toSorted();

  it('is the one of the platform, byte for byte, with the index and what upstream attached to either', async () => {
    const built = await build();
    const [artifact] = built.artifacts;
    expect(artifact).toMatchObject({ kind: 'image', digest: images.amd64, version: 'v1.2.3', tag: 'v1.2.3' });
    expect(artifact?.attachments?.map((one) => one.kind)).toEqual([
      'attestation',
      'provenance',
      'sbom',
      'signature',
      'upstream',
    ]);
    const bundle = await workshop.open(built.file);
    const tool = bundle.artifact('tool');
    const manifest = await bundle.manifest(tool);
    expect(await buffer(bundle.readBlob(tool.digest))).toEqual(
      (await place.client.pullManifest(repository, images.amd64)).content,
    );
    const config = JSON.parse(String(await buffer(bundle.readBlob(manifest.config.digest)))) as {
      architecture: string;
    };
    expect(config.architecture).toBe('amd64');
    const sbom = await readSbom(bundle, tool);
    expect(sbom.files.map((file) => file.fileName)).toEqual(['./usr/bin/amd64']);
    expect(sbom.packages.map((one) => one.name)).toContain(`${line.host}/${repository}`);
    for (const { digest } of tool.attachments ?? []) await buffer(bundle.readBlob(digest));
    await bundle.close();
    // The account went to the registry, and nowhere else that stays.
    expect(line.log.every((entry) => entry.includes(' Basic'))).toBe(true);
    expect(JSON.stringify(built)).not.toContain(account.password);
  });

  it('is of another platform where the recipe says so, and is refused where there is none', async () => {
    await recipe(index, 'platform: linux/arm64\n');
    expect((await build()).artifacts[0]?.digest).toBe(images.arm64);
    await recipe(index, 'platform: linux/riscv64\n');
    expect(await failure()).toMatchObject({
      code: 'E_BUILD_FAILED',
      message: expect.stringContaining('no image for linux/riscv64, only for linux/amd64, linux/arm64/v8'),
    });
    await recipe(images.arm64);
    expect((await build()).artifacts[0]?.digest).toBe(images.arm64);
  });

  it('brings what the registry lists as attached, where it can list', async () => {
    line.lists = true;
    await recipe(images.amd64);
    const [artifact] = (await build()).artifacts;
    expect(artifact?.attachments?.map((one) => one.kind)).toEqual(['attestation', 'provenance', 'sbom']);
    const tag = `/manifests/sha256-${hexOf(images.amd64)}`;
    expect(line.log.filter((entry) => entry.includes(`${tag} `) || entry.endsWith(tag))).toEqual([]);
  });

  it('comes over a line that breaks, from where it broke', async () => {
    line.cuts = [1_500_000, 700_000, 500_000];
    line.overloaded = 2;
    await build();
    const ranges = line.log
      .filter((entry) => entry.includes('bytes='))
      .map((entry) => Number(/bytes=(\d+)-/.exec(entry)?.[1]));
    expect(line.cuts).toEqual([]);
    expect(ranges.length).toBeGreaterThan(0);
    expect(Math.max(...ranges)).toBeGreaterThan(1_000_000);
  });

  it('comes over a line that breaks when the registry only gives whole blobs', async () => {
    line.wholeOnly = true;
    line.cuts = [1_500_000, 2_500_000];
    expect((await build()).artifacts[0]?.digest).toBe(images.amd64);
  });

  it('is given up when the line always breaks, and what came whole is kept', async () => {
    line.cuts = Array.from({ length: 100 }, () => 1000);
    const error = await failure();
    expect(error).toMatchObject({
      code: 'E_REGISTRY',
      message: expect.stringMatching(/breaks again and again at team\/tool sha256:/),
    });
    line.cuts = [];
    await build();
  });

  it.each(['flips', 'longer'] as const)(
    'is refused and named when the registry gives something else: %s',
    async (lie) => {
      line[lie] = true;
      const error = await failure();
      expect(error).toMatchObject({ code: 'E_REGISTRY', retryable: false });
      expect(error.message).toMatch(
        /^Artifact tool: The registry 127\.0\.0\.1:\d+ gave for team\/tool sha256:[a-f0-9]{64} (other content|more than)/,
      );
      // Nothing of it stays under the name of what was asked for.
      for (const name of (await keptBlobs()).filter((one) => !one.endsWith('.partial')))
        expect(hexOf(digestOf(await new BlobStore(workshop.options.cacheRoot).read(`sha256:${name}`)))).toBe(
          name,
        );
      line[lie] = false;
      expect((await build()).artifacts[0]?.digest).toBe(images.amd64);
    },
  );

  it('comes with a token where the registry wants one, and from another server without the account', async () => {
    line.tokens = true;
    expect((await build()).artifacts[0]?.digest).toBe(images.amd64);
    expect(line.log.some((entry) => entry.startsWith('GET /token?') && entry.endsWith('Basic'))).toBe(true);
    expect(line.log.at(-1)).toContain('Bearer');
    await using other = await smallWorkshop();
    line.tokens = false;
    line.elsewhere = true;
    await other.write(
      'tool/source.yaml',
      `kind: mirror\nsets: [core]\nlicence: MIT\nfrom: ${line.host}/${repository}:v1@${index}\n`,
    );
    expect((await other.build({ names: ['tool'] })).artifacts[0]?.digest).toBe(images.amd64);
    expect(
      line.log
        .filter((entry) => entry.startsWith('elsewhere'))
        .every((entry) => entry === 'elsewhere nobody'),
    ).toBe(true);
  });

  it('is refused without the account, with a wrong one, and when it is not there; no password is told', async () => {
    await writeFile(join(folder, 'config.json'), '{}');
    expect(await failure()).toMatchObject({ code: 'E_REGISTRY', message: expect.stringContaining('401') });
    const auth = Buffer.from(`${account.username}:another-password`).toString('base64');
    await writeFile(join(folder, 'config.json'), JSON.stringify({ auths: { [line.host]: { auth } } }));
    const wrong = await failure();
    expect(wrong).toMatchObject({ code: 'E_REGISTRY', message: expect.stringContaining('401') });
    expect(JSON.stringify([wrong, wrong.message, wrong.stack])).not.toContain('another-password');
    await writeFile(join(folder, 'config.json'), 'no JSON, but a-password-in-it');
    const unclear = await failure();
    expect(unclear).toMatchObject({
      code: 'E_REGISTRY',
      message: expect.stringContaining('cannot be understood'),
    });
    expect(unclear.message).not.toContain('a-password-in-it');
    await writeFile(join(folder, 'config.json'), JSON.stringify({ credHelpers: { [line.host]: 'helper' } }));
    expect(await failure()).toMatchObject({ message: expect.stringContaining('helper program') });
  });

  it('is refused when the digest is nothing that the registry has', async () => {
    await recipe(digestOf('nowhere'));
    expect(await failure()).toMatchObject({ code: 'E_REGISTRY', message: expect.stringContaining('404') });
  });
});
