import { describe, expect, it } from 'vitest';
import type { AcceptanceCheck, CheckContext } from '../../../installer/acceptance/check.ts';
import { escapeXml, renderJunit } from '../../../installer/acceptance/report/junit.ts';
import { type CheckSurroundings, runCheck } from '../../../installer/acceptance/run-check.ts';
import { runSuite } from '../../../installer/acceptance/run-suite.ts';
import { selfTest } from '../../../installer/acceptance/self-test.ts';
import { silentEvents } from '../../../installer/base/events.ts';
import { registerSecret } from '../../../installer/base/redact.ts';

const surroundings = {
  site: { name: 'unit', domain: 'unit.internal' },
  bundle: { version: '1', digest: 'sha256:0' },
  signal: new AbortController().signal,
} as unknown as CheckSurroundings;

const seen = { what: 'the sky', wanted: 'blue', found: 'blue', ok: true };

function check(run: (context: CheckContext) => Promise<void>, timeoutMs = 1000): AcceptanceCheck {
  return {
    id: 'UNI-01',
    title: 'A check <of> the runner',
    requirement: 'unit',
    method: 'static',
    passCriterion: 'unit',
    severity: 'minor',
    timeoutMs,
    run,
    mutation: { title: 'nothing', apply: async () => async () => {} },
  };
}

describe('runCheck', () => {
  it('passes when something was observed and all of it is ok', async () => {
    const result = await runCheck(
      check(async (context) => void context.observe(seen)),
      surroundings,
    );
    expect(result.status).toBe('pass');
  });

  it('is an error when nothing was observed: nothing was proved', async () => {
    expect(
      (
        await runCheck(
          check(async () => {}),
          surroundings,
        )
      ).status,
    ).toBe('error');
  });

  it('fails on one observation that is not ok, even when the check broke later', async () => {
    const result = await runCheck(
      check(async (context) => {
        context.observe({ ...seen, ok: false });
        throw new Error('later');
      }),
      surroundings,
    );
    expect([result.status, result.error]).toEqual(['fail', 'later']);
  });

  it('puts everything back in reverse order, after a failure too, and calls a failed restore an error', async () => {
    const order: string[] = [];
    const result = await runCheck(
      check(async (context) => {
        context.observe(seen);
        context.restore('first', async () => void order.push('first'));
        context.restore('second', async () => {
          order.push('second');
          throw new Error('stuck');
        });
      }),
      surroundings,
    );
    expect(order).toEqual(['second', 'first']);
    expect([result.status, result.error]).toEqual(['error', 'not put back: second: stuck']);
  });

  it('ends at its deadline', async () => {
    const result = await runCheck(
      check(() => new Promise(() => {}), 20),
      surroundings,
    );
    expect([result.status, result.error]).toEqual(['error', 'not finished after 0.02 s']);
  });

  it('lets no secret into observations or evidence', async () => {
    registerSecret('hunter2-hunter2');
    const result = await runCheck(
      check(async (context) => {
        context.observe({ ...seen, found: 'password hunter2-hunter2' });
        context.evidence('a.json', { token: 'hunter2-hunter2' });
      }),
      surroundings,
    );
    expect(JSON.stringify(result)).not.toContain('hunter2-hunter2');
  });
});

describe('selfTest', () => {
  it('kills a mutation only when the check fails cleanly while its control is off', async () => {
    const control = { on: true };
    const mutation = {
      title: 'control off',
      apply: async () => {
        control.on = false;
        return async () => void (control.on = true);
      },
    };
    const honest = {
      ...check(async (context) => void context.observe({ ...seen, ok: control.on })),
      mutation,
    };
    const blind = { ...check(async (context) => void context.observe(seen)), mutation };
    const outcomes = await selfTest([honest, blind], surroundings, silentEvents);
    expect(outcomes.map((outcome) => outcome.killed)).toEqual([true, false]);
    expect(control.on).toBe(true);
  });
});

describe('renderJunit', () => {
  it('tells failures from errors and escapes every text', async () => {
    const failing = check(
      async (context) => void context.observe({ ...seen, ok: false, found: '<red> & "dark"' }),
    );
    const suite = await runSuite([failing, check(async () => {})], surroundings, silentEvents);
    const xml = renderJunit(suite);
    expect(xml).toContain('tests="2" failures="1" errors="1"');
    expect(xml).toContain('&lt;red&gt; &amp; &quot;dark&quot;');
    expect(escapeXml('a\u0001b')).toBe('ab');
  });
});
