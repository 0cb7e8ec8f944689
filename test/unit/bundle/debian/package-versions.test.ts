import { describe, expect, it } from 'vitest';
import {
  driftOf,
  installedPackages,
  packageOfFile,
  refuseDrift,
} from '../../../../installer/bundle/debian/package-versions.ts';

const status = `Package: jq
Status: install ok installed
Architecture: amd64
Version: 1.6-2.1+deb12u1
Description: command-line JSON processor
 Version: not this one

Package: gone
Status: deinstall ok config-files
Version: 1

Package: base-files
Status: install ok installed
Version: 12.4+deb12u11
`;

describe('versions of Debian packages', () => {
  it('are those of what is installed', () => {
    expect(installedPackages(status)).toEqual({ 'base-files': '12.4+deb12u11', jq: '1.6-2.1+deb12u1' });
  });

  it('come out of the names of files, epochs included', () => {
    expect(packageOfFile('libpam0g_1.5.2-6_amd64.deb')).toEqual({ name: 'libpam0g', version: '1.5.2-6' });
    expect(packageOfFile('git_1%3a2.39.5-0_amd64.deb')).toEqual({ name: 'git', version: '1:2.39.5-0' });
  });

  it('are held against the lock, each difference a sentence', () => {
    const drift = driftOf({ jq: '1', bash: '5', tini: '0.19' }, { jq: '2', tini: '0.19', less: '590' });
    expect(drift).toEqual([
      'bash: images.lock wants 5, now not needed or not served',
      'jq: images.lock wants 1, the archive serves 2',
      'less: not in images.lock, now needed in version 590',
    ]);
    expect(() => refuseDrift('node-debs', drift)).toThrow(
      expect.objectContaining({
        code: 'E_PACKAGE_GONE',
        hint: expect.stringContaining('bundle lock --refresh node-debs'),
        findings: drift,
      }),
    );
  });

  it('are free where there is no lock', () => {
    expect(driftOf({}, { jq: '2' })).toEqual([]);
    expect(() => refuseDrift('node-debs', [])).not.toThrow();
  });
});
