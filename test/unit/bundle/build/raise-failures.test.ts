import { expect, it } from 'vitest';
import { PerimeterError } from '../../../../installer/base/errors.ts';
import { raiseFailures } from '../../../../installer/bundle/build/raise-failures.ts';
import { refuseDrift } from '../../../../installer/bundle/debian/package-versions.ts';

const gone = (name: string): unknown => {
  try {
    refuseDrift(name, ['jq: images.lock wants 1, the archive serves 2']);
  } catch (error) {
    return error;
  }
  return expect.fail('nothing was refused');
};
const broken = new PerimeterError('E_BUILD_FAILED', { message: 'Artifact c: no compiler', hint: 'Mend it.' });
const raised = (failures: Readonly<Record<string, unknown>>, refreshed: readonly string[] = []): unknown => {
  try {
    raiseFailures(new Map(Object.entries(failures)), refreshed);
  } catch (error) {
    return error;
  }
  return undefined;
};

it('nothing is raised where nothing failed, and the only failure as it is', () => {
  expect(raised({})).toBeUndefined();
  expect(raised({ c: broken })).toBe(broken);
});

it('packages that are gone for several artifacts are refreshed by one command', () => {
  expect(raised({ b: gone('b'), a: gone('a') })).toMatchObject({
    code: 'E_PACKAGE_GONE',
    message: '2 artifacts could not be made: a, b',
    hint: expect.stringMatching(/bundle lock --refresh a --refresh b$/),
    findings: expect.arrayContaining(['  jq: images.lock wants 1, the archive serves 2']),
  });
});

it('what was to be refreshed already stays in the command that helps', () => {
  expect(raised({ b: gone('b') })).toMatchObject({ hint: expect.stringMatching(/bundle lock --refresh b$/) });
  expect(raised({ b: gone('b') }, ['a'])).toMatchObject({
    code: 'E_PACKAGE_GONE',
    message: expect.stringContaining('Artifact b: the package archive'),
    hint: expect.stringMatching(/bundle lock --refresh a --refresh b$/),
    findings: ['jq: images.lock wants 1, the archive serves 2'],
  });
});

it('failures of different kinds are told together, with what helps each', () => {
  expect(raised({ a: gone('a'), c: broken })).toMatchObject({
    code: 'E_BUILD_FAILED',
    hint: expect.stringMatching(/bundle lock --refresh a\nMend what is named/),
    findings: expect.arrayContaining(['Artifact c: no compiler']),
  });
});

it('a defect comes before everything else', () => {
  const defect = new TypeError('x is undefined');
  expect(raised({ a: gone('a'), d: defect })).toBe(defect);
});
