import { describe, expect, it } from 'vitest';
import { bearerChallenge, isSafeFor } from '../../../installer/oci/registry-challenge.ts';

describe('what a registry asks for', () => {
  it('is a token of a service for a scope', () => {
    const header =
      'Bearer realm="https://auth.example.org/token",service="registry",scope="repository:a/b:pull,push",error="x"';
    const challenge = bearerChallenge(header);
    expect(challenge?.realm.href).toBe('https://auth.example.org/token');
    expect(challenge?.parameters).toEqual({ service: 'registry', scope: 'repository:a/b:pull,push' });
  });

  it.each([undefined, '', 'Basic realm="x"', 'Bearer', 'Bearer service="x"', 'Bearer realm="no address"'])(
    '%j is none',
    (header) => {
      expect(bearerChallenge(header)).toBeUndefined();
    },
  );

  it.each([
    ['https://auth.example.org/', true],
    ['http://127.0.0.1:5000/', true],
    ['http://localhost/', true],
    ['http://auth.example.org/', false],
    ['http://127.0.0.1.example.org/', false],
    ['ftp://auth.example.org/', false],
  ])('%s may be shown an account: %s', (url, safe) => {
    expect(isSafeFor(new URL(url))).toBe(safe);
  });
});
