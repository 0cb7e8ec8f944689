import { expect, it } from 'vitest';
import { egressRules } from '../../../installer/lab/network.ts';

it('the rules count and drop, and let the lab talk within itself', () => {
  const rules = egressRules({ bridge: 'pl-x', subnetCidr: '172.30.7.0/24' }, 'perimeter_lab_x').split('\n');
  const accepts = rules.filter((rule) => rule.trim().endsWith(' accept'));
  const drops = rules.filter((rule) => rule.includes('drop'));
  expect(accepts).toHaveLength(3);
  expect(accepts.join()).not.toContain('0.0.0.0/0');
  expect(drops).toHaveLength(5);
  for (const rule of drops) expect(rule).toContain('counter name left drop');
});
