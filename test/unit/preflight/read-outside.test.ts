import { describe, expect, it } from 'vitest';
import { readOutside } from '../../../installer/preflight/read-outside.ts';
import { MemoryHost } from '../../../installer/testkit/memory-host.ts';
import { surveyWith, type ToldLines } from '../../support/fit-survey.ts';
import { sampleSite } from '../../support/sample-site.ts';

/** Every question with the answer that the script gave to it. */
async function lookOut(answer: (question: string) => string, plain = '', told: ToldLines = {}) {
  let asked: readonly string[] = [];
  const host = new MemoryHost({
    commands: {
      'probe-outside': (_machine, [, , ...questions]) => {
        asked = questions;
        return { stdout: `${questions.map((one, at) => `ask ${at} ${answer(one)}`).join('\n')}\n${plain}` };
      },
    },
  });
  const answers = await readOutside(host, sampleSite(), surveyWith({ nameserver: '10.77.0.2', ...told }));
  return { asked, answers };
}

/** An answer as name servers give it: a head with its code and number of answers, and what stands in the rest. */
function reply(code: number, answers: number, rest = ''): string {
  const head = Buffer.from([0x12, 0x67, 0x81, 0x80 | code, 0, 1, 0, answers, 0, 1, 0, 0]);
  return `answered ${Buffer.concat([head, Buffer.from(rest, 'latin1')]).toString('hex')}`;
}

describe('looking for a way out', () => {
  it('asks by both protocols for pages, names and the time, also the address that sample sites name', async () => {
    const { asked, answers } = await lookOut(() => 'silent');
    for (const words of [
      'tcp/192.0.2.1/443',
      'tcp/192.0.2.1/80',
      'udp/192.0.2.1/123/1b00',
      'udp/192.0.2.1/53/1267',
      'tcp/2001:db8::1/443',
      'udp/2001:db8::1/123/',
      'udp/10.77.0.2/53/',
    ])
      expect(asked.filter((one) => one.startsWith(words))).toHaveLength(1);
    expect(answers).toHaveLength(asked.length);
  });

  it('leaves out what the host has a route of its own for, but not for a route to half of all addresses', async () => {
    const own = await lookOut(() => 'silent', '', { route: '000200C0 00FFFFFF' });
    expect(own.asked.filter((one) => one.includes('192.0.2.1'))).toEqual([]);
    expect(own.answers[0]).toEqual({ way: 'routed', address: '192.0.2.1', word: 'inside' });
    const half = await lookOut(() => 'silent', '', { route: '00000080 00000080' });
    expect(half.asked.filter((one) => one.includes('192.0.2.1'))).toHaveLength(5);
  });

  it.each([
    ['a name that nobody has', reply(0, 1), 'resolved'],
    ['that there is none, by itself', reply(3, 0), 'answered'],
    [
      'that there is none, by the word of the root',
      reply(3, 0, '\0\0\x06\0\x01\x01a\x0croot-servers\x03net\0'),
      'rooted',
    ],
    ['something that is no answer', 'answered 00', 'answered'],
    ['nothing', 'silent', 'silent'],
  ])('tells a name server that says %s', async (_what, answer, word) => {
    const { answers } = await lookOut((question) => (question.includes('/10.77.0.2/') ? answer : 'silent'));
    expect(answers.filter(({ address }) => address === '10.77.0.2')).toEqual([
      { way: 'dns', address: '10.77.0.2', word },
    ]);
  });

  it('takes what was not tried for nothing', async () => {
    const { answers } = await lookOut(() => 'silent', 'router untried\nname untried\n');
    expect(answers.slice(-2)).toEqual([
      { way: 'router', address: '', word: 'untried' },
      { way: 'name', address: '', word: 'untried' },
    ]);
  });
});
