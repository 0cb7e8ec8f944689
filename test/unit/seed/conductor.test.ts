import { describe, expect, test } from 'vitest';
import { Conductor, conductorRules } from '../../../installer/seed/conductor.ts';

const total = 1e9;
const fast = 25_000;

/** Lets every node advance at its own bytes per millisecond; who receives from a straggler is as slow as it. Gives the decisions. */
function run(conductor: Conductor, paces: Readonly<Record<string, number>>, untilMs: number): string[] {
  const decisions: string[] = [];
  const bytes = new Map(conductor.order.map((name) => [name, 0]));
  for (let atMs = 0; atMs <= untilMs; atMs += 500) {
    for (const name of conductor.order) {
      const neighbour = conductor.ahead(name).at(-1);
      const available = neighbour === undefined ? total : (bytes.get(neighbour) ?? 0);
      bytes.set(name, Math.min(available, (bytes.get(name) ?? 0) + 500 * (paces[name] ?? fast)));
    }
    for (const [name, verifiedBytes] of bytes) {
      const reason = conductor.progress(name, atMs, verifiedBytes);
      if (reason !== undefined) decisions.push(`${reason} (${atMs / 1000} s)`);
    }
  }
  return decisions;
}

describe('Conductor', () => {
  test('leaves an even chain alone', () => {
    const conductor = new Conductor(['n1', 'n2', 'n3'], total);
    expect(run(conductor, { n2: fast * 0.98, n3: fast * 0.96 }, 20_000)).toEqual([]);
    expect(conductor.order).toEqual(['n1', 'n2', 'n3']);
  });

  test('sends a straggler to the tail, once, and says why', () => {
    const conductor = new Conductor(['n1', 'n2', 'n3', 'n4'], total);
    const slow = fast / 4;
    const decisions = run(conductor, { n2: slow }, 20_000);
    expect(conductor.order).toEqual(['n1', 'n3', 'n4', 'n2']);
    expect(decisions).toEqual([
      'n2 goes to the end of the chain: it receives 6.3 MB a second where n1 had 25.0 MB (5 s)',
    ]);
  });

  test('does not act on a short stumble', () => {
    const conductor = new Conductor(['n1', 'n2', 'n3'], total);
    const paces = { n2: fast * 0.1 };
    expect(run(conductor, paces, conductorRules.windowMs - 500)).toEqual([]);
  });

  test('a slow tail stays where it is', () => {
    const conductor = new Conductor(['n1', 'n2', 'n3'], total);
    expect(run(conductor, { n3: fast / 10 }, 20_000)).toEqual([]);
  });

  test('behind a parent that has everything, what counts is what the parent could do', () => {
    const conductor = new Conductor(['n1', 'n2', 'n3'], total);
    const decisions = run(conductor, { n1: total / 3000, n2: fast, n3: total / 3000 }, 20_000);
    expect(decisions.length).toBe(1);
    expect(conductor.order).toEqual(['n1', 'n3', 'n2']);
  });

  test('when everybody is slow, nobody is moved about', () => {
    const names = ['n1', 'n2', 'n3', 'n4', 'n5', 'n6', 'n7', 'n8'];
    const conductor = new Conductor(names, total);
    const paces = Object.fromEntries(names.map((name, index) => [name, fast / 3 ** index]));
    expect(run(conductor, paces, 60_000).length).toBe(2);
  });

  test('a leaf hangs on the end of the chain, never on another leaf', () => {
    const names = ['n1', 'n2', 'n3', 'n4', 'n5', 'n6', 'n7', 'n8'];
    const conductor = new Conductor(names, total);
    run(conductor, { n3: fast / 4, n6: fast / 5 }, 30_000);
    expect(conductor.order).toEqual(['n1', 'n2', 'n4', 'n5', 'n7', 'n8', 'n3', 'n6']);
    expect(conductor.ahead('n6').at(-1)).toBe('n8');
    expect(conductor.ahead('n3').at(-1)).toBe('n8');
    expect(conductor.ahead('n7').at(-1)).toBe('n5');
  });

  test('a lost node leaves the chain, and leaves it once', () => {
    const conductor = new Conductor(['n1', 'n2', 'n3'], total);
    expect(conductor.lost('n2')).toBe(true);
    expect(conductor.lost('n2')).toBe(false);
    expect(conductor.order).toEqual(['n1', 'n3']);
  });

  describe('the first node, who has nobody ahead', () => {
    const slow = fast / 4;
    const chain = (): Conductor => {
      const conductor = new Conductor(['n1', 'n2', 'n3'], total);
      run(conductor, { n1: slow, n2: slow, n3: slow }, conductorRules.windowMs);
      return conductor;
    };

    test('is compared once its pace is known, and once only', () => {
      const conductor = new Conductor(['n1', 'n2', 'n3'], total);
      run(conductor, {}, conductorRules.windowMs - 500);
      expect(conductor.headToCompare()).toBeUndefined();
      expect(chain().headToCompare()).toEqual({ head: 'n1', next: 'n2' });
      const compared = chain();
      compared.headToCompare();
      expect(compared.headToCompare()).toBeUndefined();
    });

    test('goes to the tail when the source gives much more to another, and whoever is first then is compared in turn', () => {
      const conductor = chain();
      conductor.headToCompare();
      expect(conductor.compareHead('n1', 'n2', fast * 0.8)).toBe(
        'n1 goes to the end of the chain: it receives 6.3 MB a second where the source gives 20.0 MB to n2',
      );
      expect(conductor.order).toEqual(['n2', 'n3', 'n1']);
      expect(conductor.headToCompare(), 'its pace from the source is not known yet').toBeUndefined();
      run(conductor, {}, 2 * conductorRules.windowMs);
      expect(conductor.headToCompare()).toEqual({ head: 'n2', next: 'n3' });
    });

    test('stays where the source has no more to give, or gives nothing', () => {
      const conductor = chain();
      conductor.headToCompare();
      expect(conductor.compareHead('n1', 'n2', slow / 2)).toBeUndefined();
      expect(conductor.compareHead('n1', 'n2', 0)).toBeUndefined();
      expect(conductor.order).toEqual(['n1', 'n2', 'n3']);
    });

    test('is left alone near the end, and when it is the only one', () => {
      const near = new Conductor(['n1', 'n2'], conductorRules.windowMs * fast + conductorRules.leftBytes / 2);
      run(near, {}, conductorRules.windowMs);
      expect(near.headToCompare()).toBeUndefined();
      const alone = new Conductor(['n1'], total);
      run(alone, {}, conductorRules.windowMs);
      expect(alone.headToCompare()).toBeUndefined();
    });
  });
});
