import { execa } from 'execa';
import { expect, it } from 'vitest';
import { compareDebianVersions } from '../../../installer/playbook/modules/shared/debian-version.ts';

const versions = [
  '1.0',
  '1.0-1',
  '1.0-1+b1',
  '1.0~rc1-1',
  '1.0~~-1',
  '1:0.5-1',
  '2.36-9+deb12u14',
  '2.36-9+deb12u9',
  '1.0a',
  '1.0+a',
  '1.10',
  '1.9',
  '1.0-1~bpo12+1',
  '0',
  '1.0-0',
  '10.2.1-6',
  '1.0.',
  '1.0-1.1',
];

it('versions are ordered as dpkg orders them', async () => {
  for (const left of versions) {
    for (const right of versions) {
      const { exitCode } = await execa('dpkg', ['--compare-versions', left, 'lt', right], { reject: false });
      expect([left, right, compareDebianVersions(left, right) < 0]).toEqual([left, right, exitCode === 0]);
    }
  }
});
