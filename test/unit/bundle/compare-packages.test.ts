import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  comparePackages,
  describePackages,
  withPackages,
} from '../../../installer/bundle/compare-packages.ts';
import { describeDiff, diffBundles } from '../../../installer/bundle/diff-bundles.ts';
import { openVerified } from '../../../installer/bundle/open-bundle.ts';
import type { SpdxDocument } from '../../../installer/bundle/sbom/spdx-document.ts';
import { smallWorkshop } from '../../fixtures/small-bundle.ts';

/** A bill of materials with these package URLs, written as `type name version`. */
function sbom(...packages: string[]): Pick<SpdxDocument, 'packages'> {
  return {
    packages: ['oci artifact 1', ...packages].map((one, index) => {
      const [type, name = '', versionInfo = ''] = one.split(' ');
      return {
        SPDXID: index === 0 ? 'SPDXRef-artifact' : `SPDXRef-${index}`,
        name,
        versionInfo,
        externalRefs: [
          {
            referenceCategory: 'PACKAGE-MANAGER',
            referenceType: 'purl',
            referenceLocator: `pkg:${type}/${name}@${versionInfo}`,
          },
        ],
      };
    }),
  };
}

describe('what changed inside an artifact', () => {
  it('is told by name and version, several versions together', () => {
    const before = sbom('golang x/net v0.1.0', 'golang x/net v0.2.0', 'deb curl 1', 'deb same 1');
    const after = sbom('golang x/net v0.2.0', 'deb same 1', 'npm curl 1');
    const changes = comparePackages(before, after);
    expect(changes).toEqual([
      { name: 'curl', type: 'deb', from: ['1'], to: [] },
      { name: 'x/net', type: 'golang', from: ['v0.1.0', 'v0.2.0'], to: ['v0.2.0'] },
      { name: 'curl', type: 'npm', from: [], to: ['1'] },
    ]);
    expect(describePackages(changes)).toEqual([
      'without curl 1',
      'x/net v0.1.0, v0.2.0 to v0.2.0',
      'with curl 1',
    ]);
    expect(describePackages(comparePackages(after, after))).toEqual(['the packages inside are the same']);
  });

  it('is cut where nobody would read on', () => {
    const many = Array.from({ length: 50 }, (_, number) => `deb p${number} 1`);
    const lines = describePackages(comparePackages(sbom(), sbom(...many)));
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toBe('and 30 packages more; --output json names all');
  });
});

it('a set of Debian packages with a newer one is no longer just "other content"', async () => {
  await using workshop = await smallWorkshop();
  const status = (openssl: string): string =>
    [
      ['openssl', openssl],
      ['jq', '1.6-2.1'],
    ]
      .map(
        ([name, version]) =>
          `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\n`,
      )
      .join('\n');
  const recipe =
    'kind: files\nsets: [core]\nlicence: LicenseRef-Debian\nversion: v1\nfiles: [{from: status, path: /var/lib/dpkg/status}]\n';
  await workshop.write('root/source.yaml', recipe);
  const files: string[] = [];
  for (const version of ['3.0.15-1~deb12u1', '3.0.17-1~deb12u2']) {
    await workshop.write('root/status', status(version));
    files.push((await workshop.build({ out: join(workshop.folder, `${version}.tar`) })).file);
  }
  const trust = await workshop.trust();
  const [first, second] = await Promise.all(files.map(async (file) => await openVerified(file, { trust })));
  if (first === undefined || second === undefined) throw new Error('two bundles were built');
  const diff = await withPackages(diffBundles(first, second), first, second);
  expect(diff.changes).toMatchObject([
    {
      name: 'root',
      what: 'rebuilt',
      packages: [{ name: 'openssl', from: ['3.0.15-1~deb12u1'], to: ['3.0.17-1~deb12u2'] }],
    },
  ]);
  expect(describeDiff(diff).join('\n')).toContain('\n    openssl 3.0.15-1~deb12u1 to 3.0.17-1~deb12u2\n');
  await Promise.all([first.close(), second.close()]);
});
