import { describe, expect, test } from 'vitest';
import { parseBlobRequest, parseRange } from '../../../installer/agent/blob-request.ts';

const digest = `sha256:${'ab'.repeat(32)}`;

describe('parseBlobRequest', () => {
  test('knows the version check and content by digest, as OCI writes them', () => {
    expect(parseBlobRequest('/v2/')).toEqual({ kind: 'version' });
    expect(parseBlobRequest(`/v2/platform/etcd/blobs/${digest}`)).toEqual({ kind: 'content', digest });
    expect(parseBlobRequest(`/v2/a/b/c__d/e-f/manifests/${digest}?ns=docker.io`)).toEqual({
      kind: 'content',
      digest,
    });
  });

  test('knows a manifest by its tag', () => {
    expect(parseBlobRequest('/v2/platform/etcd/manifests/v3.6.1-0?ns=a.b')).toEqual({
      kind: 'tag',
      name: 'platform/etcd:v3.6.1-0',
    });
  });

  test.each([
    '/',
    '/v1/',
    '/v2/../../etc/passwd',
    `/v2/platform/../blobs/${digest}`,
    `/v2//blobs/${digest}`,
    `/v2/Platform/etcd/blobs/${digest}`,
    `/v2/platform/etcd/blobs/${digest}/..`,
    '/v2/platform/etcd/blobs/sha256:short',
    '/v2/platform/etcd/blobs/sha512:ab',
    '/v2/platform/etcd/manifests/.hidden',
    '/v2/platform/etcd/manifests/a/b',
    `/v2/platform/etcd/manifests/${'a'.repeat(129)}`,
    '/v2/platform/etcd/blobs/latest',
    `/v2/${'a/'.repeat(300)}blobs/${digest}`,
    `/v2/platform/etcd/blobs/uploads/${digest}`,
  ])('knows nothing else: %s', (url) => {
    expect(parseBlobRequest(url)).toEqual({ kind: 'unknown' });
  });
});

describe('parseRange', () => {
  test.each([
    ['bytes=0-', { start: 0, end: 10 }],
    ['bytes=4-', { start: 4, end: 10 }],
    ['bytes=4-5', { start: 4, end: 6 }],
    ['bytes=4-99', { start: 4, end: 10 }],
    ['bytes=-3', { start: 7, end: 10 }],
    ['bytes=-30', { start: 0, end: 10 }],
    ['bytes=10-', 'unsatisfiable'],
    ['bytes=6-5', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=-', 'whole'],
    ['bytes=0-1,3-4', 'whole'],
    ['chunks=1-2', 'whole'],
    [undefined, 'whole'],
  ])('%s of ten bytes', (header, expected) => {
    expect(parseRange(header, 10)).toEqual(expected);
  });
});
