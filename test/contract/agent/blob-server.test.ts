import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestOf } from '../../../installer/base/digest.ts';
import { RunAuthority } from '../../../installer/seed/run-authority.ts';
import { noise } from '../../fixtures/made-bundle.ts';
import { type SourceUnderTest, startSource } from './source-under-test.ts';

/** The server is judged by a stranger: curl, which knows nothing of this project. */
const content = noise(300_000, 'served');
const path = `/v2/platform/etcd/blobs/${digestOf(content)}`;
let folder = '';
let source: SourceUnderTest;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'blob-server-'));
  const authority = await RunAuthority.create();
  const stranger = await RunAuthority.create();
  source = await startSource(authority, [content]);
  for (const [name, from] of [
    ['peer', authority],
    ['stranger', stranger],
  ] as const) {
    const identity = await from.issue(name, ['127.0.0.1']);
    await writeFile(join(folder, `${name}.crt`), identity.certificate);
    await writeFile(join(folder, `${name}.key`), identity.key, { mode: 0o600 });
    await writeFile(join(folder, `${name}-ca.crt`), identity.authority);
  }
});
afterAll(async () => {
  source.close();
  await rm(folder, { recursive: true });
});

async function curl(
  url: string,
  options: readonly string[] = [],
  who: 'peer' | 'stranger' | 'nobody' = 'peer',
): Promise<{ exitCode: number | undefined; head: string; body: Buffer }> {
  const body = join(folder, 'body');
  const identity =
    who === 'nobody' ? [] : ['--cert', join(folder, `${who}.crt`), '--key', join(folder, `${who}.key`)];
  const trust = ['--cacert', join(folder, 'peer-ca.crt')];
  const { exitCode, stdout } = await execa(
    'curl',
    [
      '-sS',
      '--path-as-is',
      '-D',
      '-',
      '-o',
      body,
      ...trust,
      ...identity,
      ...options,
      `https://127.0.0.1:${source.peer.port}${url}`,
    ],
    { reject: false },
  );
  const bytes = await readFile(body).catch(() => Buffer.alloc(0));
  await rm(body, { force: true });
  return { exitCode, head: stdout.toLowerCase(), body: bytes };
}

describe('what a peer of the run may do', () => {
  test('GET gives the blob with its digest', async () => {
    const { head, body } = await curl(path);
    expect(head).toContain('200 ok');
    expect(head).toContain(`docker-content-digest: ${digestOf(content)}`);
    expect(body.equals(content)).toBe(true);
  });

  test('GET by range gives the rest, as after a break', async () => {
    const { head, body } = await curl(path, ['-r', '299990-']);
    expect(head).toContain('206 partial content');
    expect(head).toContain('content-range: bytes 299990-299999/300000');
    expect(body.equals(content.subarray(299_990))).toBe(true);
  });

  test('HEAD tells the size', async () => {
    const { head } = await curl(path, ['-I']);
    expect(head).toContain('content-length: 300000');
  });

  test('the version check answers', async () => {
    expect((await curl('/v2/')).head).toContain('docker-distribution-api-version: registry/2.0');
  });
});

describe('what it may not', () => {
  test.each(['POST', 'PUT', 'PATCH', 'DELETE'])('%s is refused', async (method) => {
    expect((await curl(path, ['-X', method])).head).toContain('405');
  });

  test.each([
    ['a blob that is not in the plan', path.replace(/[0-9a-f]{64}$/, 'a'.repeat(64))],
    ['a file by a path that climbs', '/v2/../../../../etc/passwd'],
    ['uploads', '/v2/platform/etcd/blobs/uploads/'],
    ['the catalogue', '/v2/_catalog'],
  ])('%s is not found', async (_what, url) => {
    expect((await curl(url)).head).toContain('404');
  });

  test('a range outside the blob is refused', async () => {
    expect((await curl(path, ['-r', '300000-'])).head).toContain('416');
  });
});

describe('who is not a peer of the run', () => {
  test.each([
    ['nobody in particular', 'nobody', []],
    ['a peer of another run', 'stranger', []],
    ['one with an old protocol', 'peer', ['--tls-max', '1.2']],
  ] as const)('%s gets not one byte', async (_who, identity, options) => {
    const { exitCode, head, body } = await curl(path, options, identity);
    expect(exitCode).not.toBe(0);
    expect(head).toBe('');
    expect(body.length).toBe(0);
  });
});
