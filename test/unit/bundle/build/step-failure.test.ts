import { describe, expect, it } from 'vitest';
import { sayingDiskFull } from '../../../../installer/bundle/build/disk-full.ts';
import { stepFailure } from '../../../../installer/bundle/build/step-failure.ts';

const failed = (...lines: string[]) =>
  stepFailure({ what: 'Artifact x', command: 'go build', ended: 1, lines });

describe('a command of a build that failed', () => {
  it.each([
    'example.org/x@v1.2.3: reading https://modules.example.org/x/@v/v1.2.3.zip: 404 Not Found',
    'example.org/x@v1.2.3: invalid version: unknown revision v1.2.3',
    'go: module lookup disabled by GOPROXY=off',
    '"Error": "example.org/x@v1.2.3: reading https://modules.example.org/: 403 Forbidden"',
    'go: example.org/x@v1.2.3: missing go.sum entry',
  ])('because a module is not served says which versions to look for: %s', (line) => {
    const error = failed('go: downloading example.org/x v1.2.3', line);
    expect(error).toMatchObject({
      code: 'E_BUILD_FAILED',
      hint: expect.stringContaining('go list -m -versions'),
    });
    expect(error.findings).toContain(line);
  });

  it('because a disk is full says so, and what is kept', () => {
    expect(failed('# example.org/x', 'write /tmp/x: no space left on device')).toMatchObject({
      code: 'E_DISK_FULL',
      message: expect.stringContaining('/tmp/x'),
      hint: expect.stringContaining('what was made is kept'),
    });
  });

  it('for another reason shows its last words', () => {
    expect(failed('x.go:3: undefined: missing')).toMatchObject({
      code: 'E_BUILD_FAILED',
      message: 'Artifact x: "go build ..." ended with exit code 1',
      findings: ['x.go:3: undefined: missing'],
    });
  });
});

describe('work on a disk that runs full', () => {
  it('tells which disk; other failures stay as they are', async () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    await expect(sayingDiskFull('Artifact x', '/cache', () => Promise.reject(full))).rejects.toMatchObject({
      code: 'E_DISK_FULL',
      message: 'Artifact x: the disk with /cache ran full',
      cause: full,
    });
    const other = new Error('other');
    await expect(sayingDiskFull('Artifact x', '/cache', () => Promise.reject(other))).rejects.toBe(other);
  });
});
