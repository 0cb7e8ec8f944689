import { expect, it } from 'vitest';
import { policies, policyText, roles } from '../../../../installer/parts/secrets/vault-policies.ts';
import { sampleSite } from '../../../support/sample-site.ts';

const site = sampleSite();

it('every role has a policy of the same name, and every policy a role', () => {
  expect([...roles(site).keys()].toSorted()).toEqual([...policies(site).keys()].toSorted());
});

it('an environment reads its own store and nothing else', () => {
  for (const environment of site.environments) {
    const policy = policies(site).get(`app-${environment}`) ?? {};
    expect(Object.keys(policy).every((path) => path.startsWith(`app-${environment}/`))).toBe(true);
    expect(new Set(Object.values(policy).flat())).toEqual(new Set(['read']));
  }
});

it('the installer cannot read what applications keep, nor widen its own rights', () => {
  const installer = policies(site).get('installer') ?? {};
  expect(installer['app-prod/data/*']).not.toContain('read');
  expect(installer['sys/policies/acl/installer']).toEqual(['read']);
  expect(installer['auth/kubernetes/role/installer']).toEqual(['read']);
});

it('the same policy always gives the same text, whatever the order of its paths', () => {
  expect(policyText({ b: ['read'], a: ['list'] })).toBe(policyText({ a: ['list'], b: ['read'] }));
});
