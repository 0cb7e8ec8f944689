import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LockedArtifact } from '../../../installer/bundle/images-lock.ts';
import { type SmallProduct, smallProduct } from '../../support/small-product.ts';

const about = 'sets: [core]\nlicence: Apache-2.0\n';
const files = (path: string, more = about): string =>
  `kind: files\n${more}version: v1.2.3\nfiles: [{from: content, path: ${path}, mode: "0755"}]\n`;

describe('bundle lock', () => {
  let product: SmallProduct;
  beforeAll(async () => {
    product = await smallProduct();
    // Files, an image of files, a package of npm and a chart: of what needs no compiler one of each kind.
    await product.write('images/tool/source.yaml', files('/usr/local/bin/tool'));
    await product.write('images/tool/content', 'a tool');
    await product.write(
      'images/coredns/source.yaml',
      `${files('/coredns')}image: {user: "65532:65532", entrypoint: [/coredns]}\n`,
    );
    await product.write('images/coredns/content', 'a server');
    await product.write(
      'images/schemas/source.yaml',
      'kind: npm\nsets: [ci, core]\nlicence: MIT\npackage: zod\nfiles: [{from: package.json, path: /zod.json}]\n',
    );
    await product.write('images/chart-coredns/source.yaml', `kind: chart\n${about}chart: coredns\n`);
    // Stands in for helm: says that nothing runs.
    await product.write('images/helm/source.yaml', files('/usr/local/bin/helm'));
    await product.write('images/helm/content', '#!/bin/sh\ncat >/dev/null\n');
  });
  afterAll(async () => await product[Symbol.asyncDispose]());
  beforeEach(async () => {
    await product.write('images/tool/content', 'a tool');
    await product.write('images/tool/source.yaml', files('/usr/local/bin/tool'));
    await rm(join(product.folder, 'images.lock'), { force: true });
    await rm(join(product.folder, 'images', 'new'), { recursive: true, force: true });
  });

  const lock = async (...argv: readonly string[]) => await product.run('bundle', 'lock', ...argv);
  const written = async (): Promise<{ sequence: number; artifacts: LockedArtifact[] }> =>
    load(await product.read('images.lock')) as { sequence: number; artifacts: LockedArtifact[] };
  const lockFile = (): string => join(product.folder, 'images.lock');

  it('--check fails where there is none, and writes none', async () => {
    const { exitCode, error } = await lock('--check');
    expect(exitCode).toBe(2);
    expect(error).toContain('E_LOCK_STALE');
    expect(error).toContain('there is no images.lock');
    expect(error).toContain('npm run perimeter -- bundle lock');
    expect(await stat(lockFile()).catch(() => 'absent')).toBe('absent');
  });

  it('writes every artifact by digest, size, licence, source and sets, sorted by name; then --check is content', async () => {
    expect(await lock()).toMatchObject({ exitCode: 0, out: expect.stringContaining('5 artifacts, written') });
    const { sequence, artifacts } = await written();
    expect(sequence).toBe(1);
    expect(artifacts.map(({ name }) => name)).toEqual([
      'chart-coredns',
      'coredns',
      'helm',
      'schemas',
      'tool',
    ]);
    const text = await product.read('images.lock');
    expect(text).toMatch(/^# Every artifact of the bundle, by digest\..*not edited by hand\.\nformat: 1\n/);
    for (const artifact of artifacts) {
      expect(artifact.digest).toMatch(/^sha256:[a-f0-9]{64}$/);
      expect(artifact.sizeBytes).toBeGreaterThan(0);
      expect(artifact.attachments?.map(({ kind }) => kind)).toEqual(['provenance', 'sbom']);
    }
    const facts = artifacts.map(({ name, kind, version, licence, source, sets }) => [
      name,
      kind,
      version,
      licence,
      source,
      sets,
    ]);
    const zod = (JSON.parse(await product.read('node_modules/zod/package.json')) as { version: string })
      .version;
    expect(facts).toEqual([
      ['chart-coredns', 'chart', expect.any(String), 'Apache-2.0', 'charts/coredns', ['core']],
      ['coredns', 'image', 'v1.2.3', 'Apache-2.0', 'images/coredns', ['core']],
      ['helm', 'files', 'v1.2.3', 'Apache-2.0', 'images/helm', ['core']],
      ['schemas', 'files', zod, 'MIT', `npm zod@${zod}`, ['ci', 'core']],
      ['tool', 'files', 'v1.2.3', 'Apache-2.0', 'images/tool', ['core']],
    ]);
    expect(await lock('--check')).toMatchObject({
      exitCode: 0,
      out: expect.stringContaining('images.lock fits 5 artifacts.'),
    });
  });

  it('leaves the file as it is when nothing changed', async () => {
    await lock();
    const before = await stat(lockFile());
    expect(await lock()).toMatchObject({
      exitCode: 0,
      out: expect.stringContaining('5 artifacts, unchanged'),
    });
    const after = await stat(lockFile());
    expect([after.ino, after.mtimeMs]).toEqual([before.ino, before.mtimeMs]);
    // Whoever made everything again, elsewhere, has the same lock.
    const text = await product.read('images.lock');
    await product.forget();
    await lock();
    expect(await product.read('images.lock')).toBe(text);
    expect((await stat(lockFile())).ino).toBe(before.ino);
  });

  it('shows what a changed recipe changes; --check fails with the same words and writes nothing', async () => {
    await lock();
    const before = await product.read('images.lock');
    const [old] = (await written()).artifacts.filter(({ name }) => name === 'tool');
    await product.write('images/tool/content', 'another tool');
    await product.write(
      'images/tool/source.yaml',
      files('/usr/local/bin/tool', 'sets: [core, ci]\nlicence: MIT\n'),
    );
    await product.write('images/new/source.yaml', files('/new'));
    await product.write('images/new/content', 'new');
    const checked = await lock('--check');
    expect(checked.exitCode).toBe(2);
    expect(await product.read('images.lock')).toBe(before);
    const locked = await lock();
    expect(locked).toMatchObject({ exitCode: 0, out: expect.stringContaining('6 artifacts, written') });
    const [tool] = (await written()).artifacts.filter(({ name }) => name === 'tool');
    for (const words of [
      `tool: digest is ${tool?.digest}, images.lock says ${old?.digest}`,
      'tool: licence is MIT, images.lock says Apache-2.0',
      `tool: sizeBytes is ${tool?.sizeBytes}, images.lock says ${old?.sizeBytes}`,
      'tool: sets are ci, core, images.lock says core',
      'new: is not in images.lock',
    ]) {
      expect(checked.error).toContain(words);
      expect(locked.out).toContain(words);
    }
    // Of all others nothing is said, and nothing changed.
    expect(locked.out).not.toMatch(/^(helm|schemas|coredns|chart-coredns):/m);
    expect((await written()).sequence).toBe(2);
    expect(await lock('--check')).toMatchObject({ exitCode: 0 });
    await rm(join(product.folder, 'images', 'new'), { recursive: true });
    expect(await lock('--check')).toMatchObject({
      exitCode: 2,
      error: expect.stringContaining('new: is in images.lock, but there is no such artifact'),
    });
  });

  it('--only takes in one artifact and leaves all others as they were', async () => {
    await lock();
    const before = await written();
    await product.write('images/tool/content', 'another tool');
    expect(await lock('--only', 'helm', '--check')).toMatchObject({ exitCode: 0 });
    expect(await lock('--only', 'tool', '--check')).toMatchObject({ exitCode: 2 });
    expect(await lock('--only', 'tool')).toMatchObject({ exitCode: 0 });
    const after = await written();
    const others = ({ artifacts }: typeof after) => artifacts.filter(({ name }) => name !== 'tool');
    expect(others(after)).toEqual(others(before));
    expect(after).not.toEqual(before);
  });

  it('is not written for what a site could not run', async () => {
    await lock();
    const before = await product.read('images.lock');
    await product.write('images/helm/content', '#!/bin/sh\nprintf "kind: Pod\\nspec: {image: busybox}\\n"\n');
    const { exitCode, error } = await lock();
    await product.write('images/helm/content', '#!/bin/sh\ncat >/dev/null\n');
    expect(exitCode).toBe(1);
    expect(error).toContain("/spec/image: busybox: it is not in the site's registry");
    expect(await product.read('images.lock')).toBe(before);
  });

  it('--refresh refuses what takes no packages, and a slip of the keyboard', async () => {
    expect(await lock('--refresh', 'tool')).toMatchObject({
      exitCode: 2,
      error: expect.stringContaining('tool takes no Debian packages'),
    });
    expect(await lock('--refresh', 'tol')).toMatchObject({
      exitCode: 2,
      error: expect.stringContaining('did you mean "tool"?'),
    });
  });

  it('names a lock that cannot be understood, and leaves it for a person to look at', async () => {
    await product.write('images.lock', 'format: 1\nbuiltWith: {}\nartifacts: [{name: x}]\n');
    const { exitCode, error } = await lock();
    expect(exitCode).toBe(2);
    expect(error).toContain('images.lock:3: artifacts[0].digest: is missing');
    expect(error).toContain('E_LOCK_STALE');
    // The hint does not send in a circle: without the file the same command does.
    expect(error).toContain('Or remove it and write it anew');
    expect(await product.read('images.lock')).toContain('name: x');
  });
});
