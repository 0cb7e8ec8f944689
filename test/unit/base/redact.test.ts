import { describe, expect, it } from 'vitest';
import { redact, registerSecret } from '../../../installer/base/redact.ts';

describe('redact', () => {
  it('hides a secret as it is, in base64, and inside JSON', () => {
    const secret = 'quote " and\nline two of the secret value';
    registerSecret(secret);
    for (const text of [secret, Buffer.from(secret).toString('base64'), JSON.stringify({ secret })])
      expect(redact(text)).toContain('[redacted]');
    expect(redact(JSON.stringify({ secret }))).not.toContain('line two');
  });

  it('hides single lines of a key, and leaves its markers alone', () => {
    registerSecret(
      '-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIB\n-----END PRIVATE KEY-----\n',
    );
    expect(redact('found MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIB here')).toBe('found [redacted] here');
    expect(redact('-----BEGIN PRIVATE KEY-----')).toBe('-----BEGIN PRIVATE KEY-----');
  });

  it('leaves very short values alone', () => {
    registerSecret('abc');
    expect(redact('abc')).toBe('abc');
  });
});
