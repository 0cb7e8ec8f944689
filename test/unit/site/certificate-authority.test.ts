import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  ensureCertificate,
  ensureSiteAuthority,
  issueCertificate,
} from '../../../installer/site/certificate-authority.ts';
import { CredentialStore } from '../../../installer/site/credentials.ts';
import type { Site } from '../../../installer/site/site.ts';
import { bodyOf, siteRequest } from '../../../installer/site/site-https.ts';

let directory: string;
let credentials: CredentialStore;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'perimeter-ca-'));
  credentials = await CredentialStore.open(directory);
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe('the site authority', () => {
  it('is made once and kept for its owner only', async () => {
    const first = await ensureSiteAuthority(credentials, 'unit');
    expect(await ensureSiteAuthority(await CredentialStore.open(directory), 'unit')).toBe(first);
    expect((await stat(join(directory, 'credentials.json'))).mode & 0o777).toBe(0o600);
    expect(new X509Certificate(first).ca).toBe(true);
  });

  it('is one and the same for all who ask at once', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => ensureSiteAuthority(credentials, 'unit')));
    expect(new Set(answers).size).toBe(1);
  });

  it('signs certificates for names and addresses', async () => {
    const authority = new X509Certificate(await ensureSiteAuthority(credentials, 'unit'));
    const { certificate } = await issueCertificate(credentials, {
      commonName: 'git',
      dnsNames: ['git.unit.internal'],
      ipAddresses: ['10.0.0.1'],
    });
    const leaf = new X509Certificate(certificate);
    expect(leaf.verify(authority.publicKey)).toBe(true);
    expect(leaf.checkHost('git.unit.internal')).toBe('git.unit.internal');
    expect(leaf.checkIP('10.0.0.1')).toBe('10.0.0.1');
    expect(leaf.checkHost('other.unit.internal')).toBeUndefined();
  });
});

describe('siteRequest', () => {
  const site = (addresses: readonly string[]): Site =>
    ({
      directory,
      nodes: addresses.map((address, index) => ({ name: `n${index + 1}`, address })),
    }) as unknown as Site;

  it('keeps the name for TLS, fails over to the next node, and trusts the site only', async () => {
    await ensureSiteAuthority(credentials, 'unit');
    const identity = await ensureCertificate(credentials, 'git', {
      commonName: 'git',
      dnsNames: ['git.unit.internal'],
    });
    const server = createServer({ cert: identity.certificate, key: identity.key }, (request, response) =>
      response.end(JSON.stringify({ host: request.headers.host, method: request.method })),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.2', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      const request = { method: 'POST', url: `https://git.unit.internal:${port}/x`, body: { a: 1 } };
      const response = await siteRequest(site(['127.0.0.3', '127.0.0.2']), credentials, 'E_GIT', request);
      expect([response.status, bodyOf(response)]).toEqual([
        200,
        { host: `git.unit.internal:${port}`, method: 'POST' },
      ]);
      const wrongName = { ...request, url: `https://other.unit.internal:${port}/x` };
      await expect(siteRequest(site(['127.0.0.2']), credentials, 'E_GIT', wrongName)).rejects.toMatchObject({
        code: 'E_GIT',
      });
    } finally {
      server.close();
    }
  });
});
