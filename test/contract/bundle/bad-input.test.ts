import { execFile, execFileSync } from 'node:child_process';
import { mkdir, mkdtempDisposable, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { buildBundle } from '../../../installer/bundle/build-bundle.ts';
import { noise } from '../../fixtures/made-bundle.ts';
import { smallWorkshop } from '../../fixtures/small-bundle.ts';

const product = join(import.meta.dirname, '..', '..', '..');

describe('a module in a version that nobody serves', () => {
  it('is named with a way to find one that is, and the other artifacts are made', async () => {
    await using workshop = await smallWorkshop();
    await using modules = await mkdtempDisposable(join(tmpdir(), 'no-modules-'));
    // An own, empty mirror: it serves nothing, and nothing else is asked.
    vi.stubEnv('GOPROXY', `file://${modules.path}`);
    vi.stubEnv('GOSUMDB', 'off');
    const module = 'example.org/nobody/has/this';
    await workshop.write(
      'gone/source.yaml',
      `kind: go\nsets: [core]\nlicence: MIT\nmodules:\n  - module: ${module}\n    version: v1.99.0\n    binaries: [{package: ${module}, path: /usr/local/bin/gone}]\n`,
    );
    const sum = `h1:${Buffer.alloc(32, 7).toString('base64')}`;
    await workshop.write('gone/go.mod', `module example.org/made\n\ngo 1.24\n\nrequire ${module} v1.99.0\n`);
    await workshop.write('gone/go.sum', `${module} v1.99.0 ${sum}\n${module} v1.99.0/go.mod ${sum}\n`);
    const building = workshop.build();
    await expect(building).rejects.toMatchObject({
      code: 'E_BUILD_FAILED',
      message: expect.stringMatching(/^Artifact gone: .*a module is not served in the version/),
      hint: expect.stringContaining('go list -m -versions'),
      findings: expect.arrayContaining([expect.stringContaining(`${module}@v1.99.0`)]),
    });
    vi.unstubAllEnvs();
    for (const name of ['tool', 'data', 'web'])
      expect(await readdir(join(workshop.options.cacheRoot, 'records', name))).toHaveLength(1);
  });
});

const isRoot = process.getuid?.() === 0;

describe.skipIf(!isRoot)('a disk that runs full while artifacts are made', () => {
  it('is named, nothing half written stays, and with room the same command goes on', async () => {
    await using workshop = await smallWorkshop();
    await workshop.write(
      'big/source.yaml',
      'kind: files\nsets: [core]\nlicence: MIT\nversion: v1\nfiles: [{from: content, path: /big}]\n',
    );
    await workshop.write('big/content', noise(6_000_000, 'big'));
    const blobs = join(workshop.options.cacheRoot, 'blobs');
    await mkdir(blobs, { recursive: true });
    const script = join(workshop.folder, 'build.ts');
    const out = join(workshop.folder, 'bundle.tar');
    await writeFile(
      script,
      `import { readdirSync } from 'node:fs';
       import { buildBundle } from '${product}/installer/bundle/build-bundle.ts';
       const ended = await buildBundle(${JSON.stringify({ ...workshop.options, out, workers: 1 })}).then(
         () => ({}), (error) => ({ code: error.code, message: error.message, hint: error.hint }));
       console.log(JSON.stringify({ ...ended, left: readdirSync('${blobs}/sha256') }));`,
    );
    // The disk is seen by this one process and its children alone, and goes with them.
    const mounted = 'mount -t tmpfs -o size=4m none "$1" && exec "$2" "$3"';
    const argv = [
      '--mount',
      '--propagation',
      'private',
      'sh',
      '-c',
      mounted,
      'sh',
      blobs,
      process.execPath,
      script,
    ];
    const { stdout } = await promisify(execFile)('unshare', argv, { timeout: 60_000 });
    const told = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as {
      code: string;
      message: string;
      hint: string;
      left: string[];
    };
    expect(told).toMatchObject({
      code: 'E_DISK_FULL',
      message: expect.stringMatching(/^Artifact big: the disk with .* ran full$/),
      hint: expect.stringContaining('what was made is kept'),
    });
    expect(told.left.filter((name) => name.startsWith('.'))).toEqual([]);
    // Something small went in before the large one: it was kept.
    expect(told.left.length).toBeGreaterThan(0);
    const built = await buildBundle({ ...workshop.options, out });
    expect(built.artifacts.map((artifact) => artifact.name)).toEqual(['big', 'data', 'tool', 'web']);
    expect(String(execFileSync('tar', ['-tf', out]))).toContain('index.json');
  });
});
