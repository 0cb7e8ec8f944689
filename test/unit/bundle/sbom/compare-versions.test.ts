import { describe, expect, it } from 'vitest';
import {
  compareDebianVersions,
  compareSemanticVersions,
} from '../../../../installer/bundle/sbom/compare-versions.ts';

describe('semantic versions', () => {
  it('are ordered as the specification orders its own examples', () => {
    const ordered = [
      'v0.9.0',
      'v0.30.0-20260101000000-abcdefabcdef',
      'v0.30.0',
      '1.0.0-alpha',
      '1.0.0-alpha.1',
      '1.0.0-alpha.beta',
      '1.0.0-beta',
      '1.0.0-beta.2',
      '1.0.0-beta.11',
      '1.0.0-rc.1',
      '1.0.0',
      'v1.2.10',
      'v1.10.2',
      'v1.27rc1',
      'v1.27',
      'v1.27.1',
      'v2.0.0+incompatible',
    ];
    for (const [index, one] of ordered.entries()) {
      expect(compareSemanticVersions(one, one)).toBe(0);
      for (const later of ordered.slice(index + 1)) {
        expect(`${one} < ${later}: ${Number(compareSemanticVersions(one, later)) < 0}`).toBe(
          `${one} < ${later}: true`,
        );
        expect(compareSemanticVersions(later, one)).toBeGreaterThan(0);
      }
    }
    expect(compareSemanticVersions('v2.0.0+incompatible', '2.0.0')).toBe(0);
  });

  it.each(['(devel)', '', 'v1.2.3.4', 'latest'])('%s is none', (text) => {
    expect(compareSemanticVersions(text, 'v1.0.0')).toBeUndefined();
  });
});

describe('Debian versions', () => {
  it.each([
    ['1.0~rc1', '1.0'],
    ['1.0', '1.0+b1'],
    ['1.0', '1.0a'],
    ['1.0-1~deb12u1', '1.0-1'],
    ['9.9', '10.0'],
    ['2.0', '1:1.0'],
    ['3.0.9-1', '3.0.15-1~deb12u1'],
    ['1.2.3', '1.2.3-1'],
    ['0~~', '0~'],
  ])('%s comes before %s', (older, newer) => {
    expect(compareDebianVersions(older, newer)).toBeLessThan(0);
    expect(compareDebianVersions(newer, older)).toBeGreaterThan(0);
    expect(compareDebianVersions(older, older)).toBe(0);
  });
});
