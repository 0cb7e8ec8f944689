import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { redact } from '../../../installer/base/redact.ts';
import { RunAuthority } from '../../../installer/seed/run-authority.ts';

test('a peer gets a certificate for its address, signed by the run, for a day', async () => {
  const authority = await RunAuthority.create();
  const identity = await authority.issue('n1', ['10.0.0.1', '10.1.0.1']);
  const certificate = new X509Certificate(identity.certificate);
  const root = new X509Certificate(identity.authority);
  expect(certificate.verify(root.publicKey)).toBe(true);
  expect(certificate.checkIP('10.1.0.1')).toBe('10.1.0.1');
  expect(certificate.checkIP('10.0.0.2')).toBeUndefined();
  expect(certificate.ca).toBe(false);
  expect(root.ca).toBe(true);
  const lifeMs = Date.parse(certificate.validTo) - Date.parse(certificate.validFrom);
  expect(lifeMs).toBeLessThanOrEqual(26 * 3600 * 1000);
  expect(redact(`key: ${identity.key}`)).toBe('key: [redacted]');
});

test('a certificate of another run is worth nothing', async () => {
  const [one, other] = [await RunAuthority.create(), await RunAuthority.create()];
  const certificate = new X509Certificate((await one.issue('n1', ['10.0.0.1'])).certificate);
  const stranger = new X509Certificate((await other.issue('n1', ['10.0.0.1'])).authority);
  expect(certificate.verify(stranger.publicKey)).toBe(false);
});
