import { describe, expect, it } from 'vitest';
import type { BundleArtifact } from '../../../installer/bundle/bundle.ts';
import { checkReferences } from '../../../installer/bundle/check-references.ts';

const digest = `sha256:${'1'.repeat(64)}` as const;
const other = `sha256:${'2'.repeat(64)}` as const;
const artifact = (name: string, kind: BundleArtifact['kind'] = 'image'): BundleArtifact => ({
  name,
  kind,
  digest,
  sizeBytes: 1,
  version: 'v1',
  tag: 'v1',
  licence: 'MIT',
  sets: ['core'],
  source: 'made for a test',
});
const registry = 'registry.example.internal:30500';
const at = `${registry}/platform`;
const deployment = (image: string): object => ({
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'apps' },
  image,
});
const check = (image: string, byTag = false) =>
  checkReferences(
    [{ file: 'charts/web/templates/web.yaml', contents: [deployment(image)], byTag }],
    [artifact('web'), artifact('tools', 'files')],
    registry,
    [],
  );

describe('a reference', () => {
  it('leads to an image of the bundle by its digest', () => {
    expect(check(`${at}/web@${digest}`)).toEqual({
      files: 1,
      resolved: 1,
      artifacts: ['web'],
      missing: [],
      unused: [],
    });
    expect(check(`${at}/web:v1@${digest}`).missing).toEqual([]);
  });

  it.each([
    ['nginx', "nginx: it is not in the site's registry"],
    [`other.example.org/platform/web@${digest}`, "it is not in the site's registry"],
    [`${at}/none@${digest}`, 'the bundle holds no artifact "none"'],
    [`${at}/web@${other}`, `the artifact "web" in the bundle has the digest ${digest}`],
    [`${at}/web:v1`, 'it names no digest'],
    [`${at}/web:v2@${digest}`, 'the artifact "web" in the bundle has the tag v1'],
    [`${at}/tools@${digest}`, 'the artifact "tools" is of kind files, not an image'],
    [`${at}/sub/web@${digest}`, 'the bundle holds no artifact ""'],
  ])('%s is named with file, object, path and reason', (image, words) => {
    const { missing } = check(image);
    expect(missing).toHaveLength(1);
    expect(missing[0]).toContain(`charts/web/templates/web.yaml: Deployment apps/web /image: ${image}: `);
    expect(missing[0]).toContain(words);
  });

  it('may be by tag where the reader knows nothing else', () => {
    expect(check(`${at}/web:v1`, true).missing).toEqual([]);
    expect(check(`${at}/web:v2`, true).missing).toHaveLength(1);
  });

  it('may be an exception with a reason, and an exception that nothing needs is told', () => {
    const exception = { file: /^a$/, reference: /^sample$/, reason: 'renamed' };
    const report = checkReferences(
      [
        { file: 'a', contents: [{ image: 'sample' }] },
        { file: 'b', contents: [{ image: 'sample' }] },
      ],
      [],
      registry,
      [exception, { ...exception, file: /^c$/ }],
    );
    expect(report.missing).toEqual([expect.stringMatching(/^b: \/image: sample/)]);
    expect(report.unused).toEqual([{ ...exception, file: /^c$/ }]);
  });
});
