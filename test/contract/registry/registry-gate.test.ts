import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { basicAuthorization, htpasswdLine } from '../../../installer/site/passwords.ts';
import { compiledProgram } from '../parts/real-service.ts';
import { type GatedRegistry, passwords, startGatedRegistry } from './gated-registry.ts';

const registry = await compiledProgram('registry', '/usr/local/bin/registry');
const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const sha256 = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

describe.skipIf(registry === undefined)('the gate before a real registry', () => {
  let gated: GatedRegistry;
  beforeAll(async () => {
    gated = await startGatedRegistry(registry ?? '');
  }, 120_000);
  afterAll(async () => await gated.remove());

  interface Asked {
    readonly as?: 'push' | 'pull';
    readonly password?: string;
    readonly type?: string;
    readonly body?: string;
  }
  const ask = (
    method: string,
    path: string,
    { as, password, type, body }: Asked = {},
  ): Promise<{ status: number; text: string }> =>
    gated.https.send({
      method,
      path,
      headers: {
        accept: manifestType,
        ...(as === undefined
          ? {}
          : { authorization: `Basic ${basicAuthorization(as, password ?? passwords[as])}` }),
        ...(type === undefined ? {} : { 'content-type': type }),
        ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      },
      ...(body === undefined ? {} : { body }),
    });

  /** Pushes one blob in one piece; the registry's session is asked for first, as every client does. */
  async function pushBlob(repository: string, content: string): Promise<string> {
    const started = await rawPost(repository);
    const separator = started.includes('?') ? '&' : '?';
    const path = `${started}${separator}digest=${encodeURIComponent(sha256(content))}`;
    const put = await ask('PUT', path, { as: 'push', type: 'application/octet-stream', body: content });
    expect(put.status).toBe(201);
    return sha256(content);
  }

  async function rawPost(repository: string): Promise<string> {
    const { request } = await import('node:https');
    return await new Promise((resolve, reject) => {
      const sent = request(
        {
          host: '127.0.0.1',
          port: gated.gatePort,
          servername: 'registry.contract.internal',
          ca: gated.authority,
          method: 'POST',
          path: `/v2/${repository}/blobs/uploads/`,
          headers: {
            authorization: `Basic ${basicAuthorization('push', passwords.push)}`,
            'content-length': '0',
          },
        },
        (response) => {
          response.resume();
          expect(response.statusCode).toBe(202);
          resolve(String(response.headers.location));
        },
      );
      sent.on('error', reject);
      sent.end();
    });
  }

  async function manifestOf(repository: string, layer: string): Promise<string> {
    const config = '{}';
    await pushBlob(repository, config);
    await pushBlob(repository, layer);
    return JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: sha256(config), size: 2 },
      layers: [
        { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: sha256(layer), size: layer.length },
      ],
    });
  }

  test('nothing without name and password, nor with a wrong one', async () => {
    expect((await ask('GET', '/v2/')).status).toBe(401);
    expect((await ask('GET', '/v2/_catalog')).status).toBe(401);
    expect((await ask('GET', '/v2/', { as: 'pull', password: 'wrong' })).status).toBe(401);
    expect((await ask('GET', '/v2/', { as: 'pull' })).status).toBe(200);
  });

  test('a tag is written once: the same again is fine, other content is refused, and the tag stays', async () => {
    const [first, second] = [await manifestOf('platform/a', 'one'), await manifestOf('platform/a', 'two')];
    const put = (body: string): ReturnType<typeof ask> =>
      ask('PUT', '/v2/platform/a/manifests/v1', { as: 'push', type: manifestType, body });
    expect((await put(first)).status).toBe(201);
    expect((await put(first)).status).toBe(201);
    const refused = await put(second);
    expect(refused.status).toBe(409);
    expect(refused.text).toContain(sha256(first));
    expect((await ask('GET', '/v2/platform/a/manifests/v1', { as: 'pull' })).text).toBe(first);
    expect(
      (await ask('PUT', '/v2/platform/a/manifests/v2', { as: 'push', type: manifestType, body: second }))
        .status,
    ).toBe(201);
  });

  test('of many writers of one new tag exactly one content wins', async () => {
    const contents = await Promise.all(
      ['a', 'b', 'c', 'd', 'e'].map((layer) => manifestOf('platform/race', layer)),
    );
    const answers = await Promise.all(
      contents.map((body) =>
        ask('PUT', '/v2/platform/race/manifests/v1', { as: 'push', type: manifestType, body }),
      ),
    );
    const statuses = answers.map((answer) => answer.status).toSorted();
    expect(statuses).toEqual([201, 409, 409, 409, 409]);
    const winner = contents[answers.findIndex((answer) => answer.status === 201)];
    expect((await ask('GET', '/v2/platform/race/manifests/v1', { as: 'pull' })).text).toBe(winner);
  });

  test('by digest a manifest may always be written: it is its own name', async () => {
    const body = await manifestOf('platform/b', 'three');
    const path = `/v2/platform/b/manifests/${sha256(body)}`;
    expect((await ask('PUT', path, { as: 'push', type: manifestType, body })).status).toBe(201);
    expect((await ask('GET', path, { as: 'pull' })).text).toBe(body);
  });

  test('nobody removes anything, not even who may write', async () => {
    const body = await manifestOf('platform/c', 'four');
    await ask('PUT', '/v2/platform/c/manifests/v1', { as: 'push', type: manifestType, body });
    for (const path of [
      '/v2/platform/c/manifests/v1',
      `/v2/platform/c/manifests/${sha256(body)}`,
      `/v2/platform/c/blobs/${sha256('four')}`,
    ]) {
      expect((await ask('DELETE', path, { as: 'push' })).status).toBe(405);
    }
    expect((await ask('GET', '/v2/platform/c/manifests/v1', { as: 'pull' })).status).toBe(200);
  });

  test('who may only read cannot write in any way', async () => {
    const body = await manifestOf('platform/d', 'five');
    expect((await ask('POST', '/v2/platform/d/blobs/uploads/', { as: 'pull', body: '' })).status).toBe(403);
    const put = await ask('PUT', '/v2/platform/d/manifests/v1', { as: 'pull', type: manifestType, body });
    expect(put.status).toBe(403);
    expect((await ask('GET', '/v2/platform/d/manifests/v1', { as: 'push' })).status).toBe(404);
  });

  test('ways round the rules stay shut', async () => {
    const [first, second] = [await manifestOf('platform/e', 'six'), await manifestOf('platform/e', 'seven')];
    const put = (path: string, body: string): ReturnType<typeof ask> =>
      ask('PUT', path, { as: 'push', type: manifestType, body });
    expect((await put('/v2/platform/e/manifests/v1', first)).status).toBe(201);
    for (const path of [
      '/v2/platform/e/manifests/%761',
      '/v2/platform//e/manifests/v1',
      '/v2/platform/x/../e/manifests/v1',
      `/v2/platform/e/manifests/${sha256(second)}?tag=v1`,
      '/v2/platform/e/manifests/v1/',
    ]) {
      expect((await put(path, second)).status, path).toBeGreaterThanOrEqual(400);
    }
    expect((await ask('GET', '/v2/platform/e/manifests/v1', { as: 'pull' })).text).toBe(first);
    expect((await ask('PATCH', '/v2/platform/e/manifests/v1', { as: 'push', body: second })).status).toBe(
      405,
    );
    expect((await ask('POST', '/v2/platform/e/manifests/v1', { as: 'push', body: second })).status).toBe(405);
  });

  test('a user that is taken out of the file stays out, without a restart', async () => {
    expect((await ask('GET', '/v2/', { as: 'pull' })).status).toBe(200);
    await writeFile(gated.usersFile, `${await htpasswdLine('push', passwords.push)}\n`);
    expect((await ask('GET', '/v2/', { as: 'pull' })).status).toBe(401);
    expect((await ask('GET', '/v2/', { as: 'push' })).status).toBe(200);
  });

  test('a registry that does not answer never lets a tag be written, and is not ready', async () => {
    const body = await manifestOf('platform/f', 'eight');
    await gated.stopRegistry();
    const put = await ask('PUT', '/v2/platform/f/manifests/v1', { as: 'push', type: manifestType, body });
    expect(put.status).toBe(502);
    expect((await fetch(`http://127.0.0.1:${gated.probesPort}/readyz`)).status).toBe(503);
    expect((await fetch(`http://127.0.0.1:${gated.probesPort}/healthz`)).status).toBe(200);
  });
});
