import { describe, expect, it } from 'vitest';
import { planOpening } from '../../../../installer/parts/secrets/opening-step.ts';
import { sampleSite } from '../../../support/sample-site.ts';

const site = sampleSite();
const nobody = ['n1', 'n2', 'n3'].map((node) => ({
  node,
  share: false,
  wrong: ['/usr/local/lib/perimeter/unseal'],
}));
const everybody = ['n1', 'n2', 'n3'].map((node) => ({ node, share: true, wrong: [] }));
const settled = {
  state: 'open',
  keysLost: false,
  pending: false,
  keepings: everybody,
  escrow: true,
} as const;

const ids = (facts: Parameters<typeof planOpening>[0]): readonly string[] =>
  planOpening(facts, site).map((change) => change.id);

describe('opening the secret manager', () => {
  it('plans nothing when it is open and every node holds its share', () => {
    expect(ids(settled)).toEqual([]);
  });

  it('plans everything, in the order in which nothing can be lost, when nothing exists', () => {
    const fresh = { ...settled, state: 'absent', keepings: nobody } as const;
    expect(ids(fresh)).toEqual(['initialise', 'keep/n1', 'keep/n2', 'keep/n3', 'escrow', 'open']);
    expect(planOpening(fresh, site)[0]?.sentence).toContain('4 shares, 2 of which open it');
  });

  it('only opens it after a power cut', () => {
    expect(ids({ ...settled, state: 'sealed' })).toEqual(['open']);
  });

  it('goes on with the kept keys when it was killed while sharing them out', () => {
    const keepings = [...everybody.slice(0, 1), ...nobody.slice(1)];
    const killed = { ...settled, state: 'sealed', pending: true, keepings, escrow: false } as const;
    expect(ids(killed)).toEqual(['keep/n2', 'keep/n3', 'escrow', 'open']);
  });

  it('empties and begins anew when the keys were made but their answer never arrived', () => {
    const lost = { ...settled, state: 'sealed', keysLost: true, keepings: nobody } as const;
    expect(ids(lost).slice(0, 2)).toEqual(['reset', 'initialise']);
  });

  it('never empties one whose keys lie on the nodes', () => {
    for (const state of ['sealed', 'open'] as const)
      expect(ids({ ...settled, state })).not.toContain('reset');
  });

  it('says which node lost its share when nobody has it any more', () => {
    const keepings = [...everybody.slice(0, 2), ...nobody.slice(2)];
    expect(() => ids({ ...settled, keepings })).toThrow(/n3 holds no share/);
  });

  it('puts back a changed unit without touching the share', () => {
    const keepings = [{ node: 'n1', share: true, wrong: ['perimeter-unseal.timer'] }, ...everybody.slice(1)];
    const [change, ...rest] = planOpening({ ...settled, keepings }, site);
    expect(rest).toEqual([]);
    expect(change?.sentence).toBe('put on n1: perimeter-unseal.timer');
  });
});
