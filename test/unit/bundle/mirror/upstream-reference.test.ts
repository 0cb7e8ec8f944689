import { describe, expect, it } from 'vitest';
import { parseUpstream } from '../../../../installer/bundle/mirror/upstream-reference.ts';

const digest = `sha256:${'a'.repeat(64)}`;

describe('where an artifact is mirrored from', () => {
  it.each([
    [`registry.example.org/team/tool:v1.2@${digest}`, 'registry.example.org', 'team/tool', 'v1.2'],
    [`registry.example.org:5000/tool@${digest}`, 'registry.example.org:5000', 'tool', undefined],
    [`localhost:5000/a/b/c:1@${digest}`, 'localhost:5000', 'a/b/c', '1'],
    [`registry:5000/tool@${digest}`, 'registry:5000', 'tool', undefined],
    [`127.0.0.1:5000/tool:x@${digest}`, '127.0.0.1:5000', 'tool', 'x'],
  ])('%s is understood', (text, host, repository, tag) => {
    expect(parseUpstream(text)).toEqual({ host, repository, tag, digest });
  });

  it.each([
    'registry.example.org/team/tool:v1.2',
    'registry.example.org/team/tool',
    `tool@${digest}`,
    `team/tool@${digest}`,
    `https://registry.example.org/team/tool@${digest}`,
    `registry.example.org/team/../tool@${digest}`,
    `registry.example.org/Team/tool@${digest}`,
    `user:password@registry.example.org/team/tool@${digest}`,
    `registry.example.org/team/tool@sha256:abc`,
    '',
  ])('%j is refused', (text) => {
    expect(parseUpstream(text)).toBeUndefined();
  });
});
