import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { compareDebianVersions } from '../../../installer/bundle/sbom/compare-versions.ts';
import { readGoBuildInfo } from '../../../installer/bundle/sbom/go-build-info.ts';

describe('build information', () => {
  it('is read as `go version -m` reads it, out of a program that Go links now', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'build-info-'));
    const write = async (name: string, text: string): Promise<void> =>
      await writeFile(join(folder.path, name), text);
    await write('go.mod', 'module example.org/shows\n\ngo 1.24\n');
    // A program that can read the record itself carries the words it looks for: they must not be taken for the record.
    await write(
      'main.go',
      'package main\n\nimport "debug/buildinfo"\n\nfunc main() { _, _ = buildinfo.ReadFile("x") }\n',
    );
    const program = join(folder.path, 'shows');
    const env = { ...process.env, GOFLAGS: '-mod=mod', CGO_ENABLED: '0' };
    execFileSync('go', ['build', '-trimpath', '-buildvcs=false', '-ldflags=-s -w', '-o', program, '.'], {
      cwd: folder.path,
      env,
    });
    const [first = '', ...lines] = execFileSync('go', ['version', '-m', program], { encoding: 'utf8' }).split(
      '\n',
    );
    const info = readGoBuildInfo(readFileSync(program));
    expect(first).toBe(`${program}: ${info?.goVersion}`);
    expect(lines.map((line) => line.trim().split('\t')[1])).toContain(info?.main?.path);
    expect(info).toMatchObject({
      path: 'example.org/shows',
      main: { path: 'example.org/shows', version: '(devel)' },
    });
  });

  it('is read out of the Go command, which is linked without modules', () => {
    const root = execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim();
    const info = readGoBuildInfo(readFileSync(join(root, 'bin', 'go')));
    expect(info?.path).toBe('cmd/go');
  });
});

describe('Debian versions', () => {
  it.each([
    ['1.0~rc1-1', '1.0-1'],
    ['3.0.15-1~deb12u1', '3.0.15-1'],
    ['1:1.0-1', '2.0-1'],
    ['1.2.3+dfsg-1', '1.2.3-1'],
    ['2.36-9+deb12u9', '2.36-9+deb12u10'],
    ['252.30-1~deb12u2', '252.30-1~deb12u2+b1'],
    ['0.0~git2020', '0.0'],
    ['1a', '1.'],
  ])('%s and %s are ordered as dpkg orders them', (one, other) => {
    const dpkgSays = (relation: string): boolean => {
      try {
        execFileSync('dpkg', ['--compare-versions', one, relation, other]);
        return true;
      } catch {
        return false;
      }
    };
    const order = compareDebianVersions(one, other);
    expect([order < 0, order === 0, order > 0]).toEqual(['lt', 'eq', 'gt'].map(dpkgSays));
  });
});
