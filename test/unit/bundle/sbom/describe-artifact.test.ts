import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { json } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { hexOf } from '../../../../installer/base/digest.ts';
import { findPackage } from '../../../../installer/bundle/find-package.ts';
import { readSbom } from '../../../../installer/bundle/read-sbom.ts';
import { parseManifest } from '../../../../installer/oci/manifest.ts';
import { seedBlobs } from '../../../../installer/seed/seed-plan.ts';
import { smallWorkshop } from '../../../fixtures/small-bundle.ts';

const dpkgStatus = `Package: openssl
Status: install ok installed
Architecture: amd64
Source: openssl (3.0.15)
Version: 3.0.15-1~deb12u1

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1.0
`;
const copyright = 'Format: x\n\nFiles: *\nLicense: Apache-2.0\n\nFiles: y\nLicense: GPL-2+\n text\n';

/** Three small artifacts, and one whose files look like a Debian root. */
async function workshopWithDebian() {
  const workshop = await smallWorkshop();
  await workshop.write(
    'root/source.yaml',
    [
      'kind: files',
      'sets: [core]',
      'licence: LicenseRef-Debian AND LicenseRef-Acme',
      'licenceTexts: {LicenseRef-Acme: Do as you please.}',
      'version: v1',
      'files:',
      '  - {from: status, path: /var/lib/dpkg/status}',
      '  - {from: copyright, path: /usr/share/doc/openssl/copyright}',
      '',
    ].join('\n'),
  );
  await workshop.write('root/status', dpkgStatus);
  await workshop.write('root/copyright', copyright);
  return workshop;
}

describe('what is attached to an artifact', () => {
  it('is the same bytes for the same artifact, from another folder and another cache', async () => {
    await using one = await workshopWithDebian();
    await using other = await workshopWithDebian();
    const [left, right] = [await one.build(), await other.build({ workers: 1 })];
    expect(left.artifacts.map((artifact) => artifact.attachments)).toEqual(
      right.artifacts.map((artifact) => artifact.attachments),
    );
    expect(left.artifacts.every((artifact) => artifact.attachments?.length === 2)).toBe(true);
    expect(left.lock.artifacts[0]?.attachments?.map((attachment) => attachment.kind)).toEqual([
      'provenance',
      'sbom',
    ]);
  });

  it('has the artifact as its subject, lies in the layout and in its index, and goes to no node', async () => {
    await using workshop = await workshopWithDebian();
    const bundle = await workshop.open((await workshop.build()).file);
    const sent = new Set((await seedBlobs(bundle)).map((blob) => blob.digest));
    for (const artifact of bundle.artifacts) {
      for (const { digest, sizeBytes } of artifact.attachments ?? []) {
        const manifest = parseManifest(JSON.stringify(await json(bundle.readBlob(digest))), 'attachment');
        expect(manifest.subject?.digest).toBe(artifact.digest);
        expect(sizeBytes).toBeGreaterThan(0);
        expect([digest, ...manifest.layers.map((layer) => layer.digest)].some((one) => sent.has(one))).toBe(
          false,
        );
      }
    }
    await bundle.close();
  });

  it('is an SPDX document of files with both digests that SPDX asks for', async () => {
    await using workshop = await workshopWithDebian();
    const bundle = await workshop.open((await workshop.build()).file);
    const sbom = await readSbom(bundle, bundle.artifact('web'));
    expect(sbom).toMatchObject({
      spdxVersion: 'SPDX-2.3',
      SPDXID: 'SPDXRef-DOCUMENT',
      dataLicense: 'CC0-1.0',
      creationInfo: { created: '1970-01-01T00:00:00Z' },
    });
    const { digest } = bundle.artifact('web');
    expect(sbom.packages[0]).toMatchObject({
      name: 'web',
      licenseDeclared: 'Apache-2.0',
      checksums: [{ algorithm: 'SHA256', checksumValue: hexOf(digest) }],
    });
    expect(sbom.files.map((file) => file.fileName)).toEqual(['./etc/group', './etc/passwd', './web']);
    // The rule of SPDX for a package with files: a digest over the sorted digests of all of them.
    const sums = sbom.files.map(
      (file) => (file as unknown as { checksums: { checksumValue: string }[] }).checksums[0]?.checksumValue,
    );
    const code = createHash('sha1').update(sums.toSorted().join('')).digest('hex');
    expect(sbom.packages[0]).toMatchObject({
      filesAnalyzed: true,
      packageVerificationCode: { packageVerificationCodeValue: code },
    });
    const ids = [
      sbom['SPDXID'],
      ...sbom.packages.map((one) => one.SPDXID),
      ...sbom.files.map((one) => one.SPDXID),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    for (const { spdxElementId, relatedSpdxElement } of sbom.relationships)
      expect([spdxElementId, relatedSpdxElement].every((id) => ids.includes(id))).toBe(true);
    await bundle.close();
  });

  it('names the Debian packages in place of their files, and licences that SPDX has no name for', async () => {
    await using workshop = await workshopWithDebian();
    const bundle = await workshop.open((await workshop.build()).file);
    const sbom = await readSbom(bundle, bundle.artifact('root'));
    expect(sbom.files).toEqual([]);
    expect(sbom.packages[0]).toMatchObject({ filesAnalyzed: false });
    expect(sbom.packages.slice(1)).toEqual([
      expect.objectContaining({
        name: 'openssl',
        versionInfo: '3.0.15-1~deb12u1',
        licenseComments: 'usr/share/doc/openssl/copyright: Apache-2.0, GPL-2+',
        sourceInfo: 'built from the Debian source openssl (3.0.15)',
      }),
    ]);
    expect(sbom['hasExtractedLicensingInfos']).toEqual([
      { licenseId: 'LicenseRef-Acme', extractedText: 'Do as you please.' },
      { licenseId: 'LicenseRef-Debian', extractedText: expect.stringContaining('usr/share/doc') },
    ]);
    await bundle.close();
  });

  it('is taken from the cache, and made anew when a blob of it is damaged', async () => {
    await using workshop = await workshopWithDebian();
    const first = await workshop.build();
    const sbom = first.artifacts[0]?.attachments?.at(-1);
    const blobs = `${workshop.options.cacheRoot}/blobs/sha256`;
    const path = `${blobs}/${hexOf(sbom?.digest ?? first.digest)}`;
    const content = await readFile(path);
    content[20] = (content[20] ?? 0) ^ 1;
    await writeFile(path, content);
    await rm(first.file);
    const again = await workshop.build();
    expect(again.digest).toBe(first.digest);
    expect((await readFile(path))[20]).not.toBe(content[20]);
  });
});

describe('looking for a package', () => {
  it('finds artifacts with an older version, by the order of its own kind', async () => {
    await using workshop = await workshopWithDebian();
    const bundle = await workshop.open((await workshop.build()).file);
    const { found } = await findPackage(bundle, 'openssl', '3.0.15-1~deb12u2');
    expect(found).toEqual([
      {
        artifact: 'root',
        name: 'openssl',
        version: '3.0.15-1~deb12u1',
        type: 'deb',
        programs: [],
        comparable: true,
      },
    ]);
    const none = { found: [], meant: undefined };
    expect(await findPackage(bundle, 'openssl', '3.0.15-1~deb12u1')).toEqual(none);
    expect((await findPackage(bundle, 'openssl', undefined)).found).toHaveLength(1);
    expect(await findPackage(bundle, 'opensl', undefined)).toEqual({ found: [], meant: 'openssl' });
    expect(await findPackage(bundle, 'log4j', undefined)).toEqual(none);
    await bundle.close();
  });
});
