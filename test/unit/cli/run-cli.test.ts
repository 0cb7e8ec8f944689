import { describe, expect, test } from 'vitest';
import { DefectError, PerimeterError } from '../../../installer/base/errors.ts';
import { registerSecret } from '../../../installer/base/redact.ts';
import { runCli } from '../../../installer/cli/run-cli.ts';
import { defineVerb, type Verb, type VerbContext, type VerbResult } from '../../../installer/cli/verb.ts';
import { verbLoaders } from '../../../installer/cli/verbs.ts';
import { KeptStreams } from './streams.ts';

type Work = (context: VerbContext) => Promise<VerbResult | void>;

async function run(
  argv: readonly string[],
  work: Work,
): Promise<KeptStreams & { readonly exitCode: number }> {
  const verb = defineVerb({
    name: 'work',
    summary: 'Does the work.',
    args: [{ name: 'SITE', summary: 'the site folder', optional: true }],
    options: {},
    examples: [{ command: 'perimeter work x', does: 'does it' }],
    run: work,
  });
  const streams = new KeptStreams();
  const exitCode = await runCli(argv, streams, { work: async () => verb });
  return Object.assign(streams, { exitCode });
}

const failing =
  (error: unknown): Work =>
  async () => {
    throw error;
  };

const secret = 'correct"horse\nbattery';

describe('results', () => {
  test('text goes to stdout, status to stderr', async () => {
    const ran = await run(['work'], async ({ events }) => {
      events.emit({ kind: 'start', scope: ['look'], title: 'Look around' });
      return { text: 'all is well', exitCode: 4 };
    });
    expect(ran.exitCode).toBe(4);
    expect(ran.out).toBe('all is well\n');
    expect(ran.error).toMatch(/^\d\d:\d\d {2}look: Look around\n$/);
  });

  test('with --output json, events and result are lines of JSON on stdout', async () => {
    const ran = await run(['work', '--output', 'json'], async ({ events }) => {
      events.emit({ kind: 'done', scope: ['look'], ms: 5 });
      return { text: 'for people', data: { found: 3 } };
    });
    expect(ran.error).toBe('');
    expect(ran.outJson).toEqual([
      { at: expect.any(String), kind: 'done', scope: ['look'], ms: 5 },
      { kind: 'result', verb: 'work', exitCode: 0, data: { found: 3 } },
    ]);
  });
});

describe('failures', () => {
  const refused = new PerimeterError('E_CHECK_REFUSED', {
    message: 'Two hosts are unfit.',
    findings: ['n1: 1 GB of memory', 'n2: clock is 10 minutes off'],
    hint: 'Mend them.\nThen run again.',
    where: { phase: 'check-hosts' },
  });

  test('an operating error says what, where, all findings, what to do and its code', async () => {
    const ran = await run(['work'], failing(refused));
    expect(ran.exitCode).toBe(3);
    expect(ran.out).toBe('');
    expect(ran.error.trim().split('\n')).toEqual([
      'Two hosts are unfit.',
      '  - n1: 1 GB of memory',
      '  - n2: clock is 10 minutes off',
      'Where:      phase check-hosts',
      'What to do: Mend them.',
      '            Then run again.',
      'Code:       E_CHECK_REFUSED (exit code 3)',
    ]);
  });

  test('and the same as JSON', async () => {
    const ran = await run(['work', '-o', 'json'], failing(refused));
    expect(ran.outJson).toEqual([
      expect.objectContaining({
        kind: 'error',
        code: 'E_CHECK_REFUSED',
        exitCode: 3,
        where: { phase: 'check-hosts' },
      }),
    ]);
  });

  test('a defect ends with 70 and tells where the journal lies', async () => {
    const ran = await run(['work'], async ({ journalLiesAt }) => {
      journalLiesAt('/site/.perimeter/journal.ndjson');
      throw new DefectError('a count went below zero');
    });
    expect(ran.exitCode).toBe(70);
    expect(ran.error).toContain('a count went below zero');
    expect(ran.error).toContain('/site/.perimeter/journal.ndjson');
    expect(ran.error).toContain('run-cli.test.ts');
  });

  test('something thrown that is no error is a defect too', async () => {
    expect((await run(['work'], failing('oops'))).exitCode).toBe(70);
  });

  test('an abort that nobody asked for is a defect, not an interruption', async () => {
    const abort = new DOMException('This operation was aborted', 'AbortError');
    expect((await run(['work'], failing(abort))).exitCode).toBe(70);
  });
});

describe('secrets', () => {
  test.each(['lines', 'json'])('none is shown with --output %s, in whatever way it comes', async (output) => {
    registerSecret(secret);
    const ran = await run(['work', '--output', output], async ({ events }) => {
      events.emit({ kind: 'note', scope: ['a', secret], text: `password is ${secret}` });
      events.emit({ kind: 'fail', scope: ['a'], ms: 1, code: 'E_GIT', message: secret });
      throw new PerimeterError('E_GIT', {
        message: secret,
        hint: secret,
        findings: [secret],
        where: { host: secret },
      });
    });
    const shown = ran.out + ran.error;
    expect(shown).toContain('[redacted]');
    for (const part of ['horse', 'battery', Buffer.from(secret).toString('base64')])
      expect(shown).not.toContain(part);
  });

  test('none is shown in a result', async () => {
    registerSecret(secret);
    const work: Work = async () => ({ text: `it is ${secret}`, data: { list: [secret] } });
    for (const argv of [['work'], ['work', '-o', 'json']])
      expect((await run(argv, work)).out).not.toContain('horse');
  });
});

describe('usage', () => {
  const nothing: Work = async () => {};

  test('an unknown verb is guessed', async () => {
    const ran = await run(['wrok'], nothing);
    expect(ran.exitCode).toBe(2);
    expect(ran.error).toContain('"wrok" is no verb, did you mean "work"?');
  });

  test('a wrong option with JSON asked for is told as JSON', async () => {
    const ran = await run(['work', '--wrong', '--output=json'], nothing);
    expect(ran.exitCode).toBe(2);
    expect(ran.outJson).toEqual([expect.objectContaining({ code: 'E_USAGE' })]);
  });

  test.each([[[]], [['--help']], [['help']]])('%j shows all verbs and the exit codes', async (argv) => {
    const ran = await run(argv, nothing);
    expect(ran.exitCode).toBe(0);
    expect(ran.out).toMatch(/ {2}work {2}Does the work\./);
    expect(ran.out).toContain('130 interrupted');
  });

  test.each([[['work', '--help']], [['help', 'work']]])('%j shows the verb with an example', async (argv) => {
    const ran = await run(argv, nothing);
    expect(ran.out).toContain('Usage: perimeter work [SITE] [OPTIONS]');
    expect(ran.out).toContain('perimeter work x');
  });

  test('--version names the version', async () => {
    expect((await run(['--version'], nothing)).out).toMatch(/^perimeter \d+\.\d+\.\d+\n$/);
  });
});

describe('a word that leads to verbs', () => {
  const told = async (...argv: string[]): Promise<KeptStreams & { readonly exitCode: number }> => {
    const streams = new KeptStreams();
    return Object.assign(streams, { exitCode: await runCli(argv, streams) });
  };

  test.each([[['bundle', '--help']], [['help', 'bundle']]])('%j lists its verbs', async (argv) => {
    const { exitCode, out } = await told(...argv);
    expect(exitCode).toBe(0);
    expect(out).toContain('Usage: perimeter bundle VERB');
    expect(out).toMatch(/^ {2}verify {2,}read a bundle/m);
  });

  test.each([[['bundle', 'ls', '--help']], [['help', 'bundle', 'ls']]])(
    '%j tells about one',
    async (argv) => {
      expect((await told(...argv)).out).toContain('Usage: perimeter bundle ls [FILE] [OPTIONS]');
    },
  );

  test('without a verb, or with an unknown one, it says what there is', async () => {
    expect(await told('bundle')).toMatchObject({
      exitCode: 2,
      error: expect.stringContaining('build, lock,'),
    });
    const wrong = await told('bundle', 'verfy', '--output', 'json');
    expect(wrong.exitCode).toBe(2);
    expect(wrong.out).toContain('did you mean \\"verify\\"?');
  });
});

test('every verb of the program is whole: its name, its summary, an example that it can parse', async () => {
  const { parseCommand } = await import('../../../installer/cli/parse-command.ts');
  const { isGroup } = await import('../../../installer/cli/verb.ts');
  const entries = Object.entries(verbLoaders);
  expect(entries.length).toBeGreaterThan(5);
  const verbs: (readonly [string, Verb])[] = [];
  for (const [name, load] of entries) {
    const found = await load();
    expect(found.name).toBe(name);
    expect(found.examples.length, name).toBeGreaterThan(0);
    if (!isGroup(found)) verbs.push([name, found]);
    else for (const [word, one] of Object.entries(found.verbs)) verbs.push([`${name} ${word}`, await one()]);
  }
  for (const [name, verb] of verbs) {
    expect(verb.name).toBe(name);
    expect(verb.examples.length, name).toBeGreaterThan(0);
    for (const { command } of verb.examples) {
      const words = command
        .replace(/^(npm run perimeter --|npm run|perimeter) /, '')
        .replace(/^(\w+) -- /, '$1 ')
        .replace(/ > \S+$/, '');
      if (!words.startsWith(`${name} `) && words !== name) continue;
      const rest = words
        .slice(name.length + 1)
        .split(' ')
        .filter(Boolean);
      expect(() => parseCommand(verb, rest), command).not.toThrow();
    }
  }
});
