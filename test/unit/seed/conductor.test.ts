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
});
