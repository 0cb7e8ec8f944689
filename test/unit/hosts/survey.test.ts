import { describe, expect, it } from 'vitest';
import { knownText } from '../../../installer/hosts/known-value.ts';
import { parseFacts } from '../../../installer/hosts/parse-facts.ts';
import { parseSurvey, surveyHost } from '../../../installer/hosts/survey.ts';
import { MemoryHost } from '../../../installer/testkit/memory-host.ts';

const survey = (...lines: readonly string[]) => parseSurvey(parseFacts('', 0, 0), lines.join('\n'));

describe('the survey of a host', () => {
  it('is one command, and nothing is written', async () => {
    const host = new MemoryHost();
    const seen = await surveyHost(host);
    expect(seen.one('init')).toBe('systemd');
    expect(seen.facts.memoryMib).toBe(16_384);
    expect(host.queries).toHaveLength(1);
    expect(host.changes).toEqual([]);
  });

  it('keeps who said what, and the words as they were said', () => {
    const seen = survey(
      '@ sysfs',
      'system.serial A1',
      '@ dmidecode',
      'system.serial To be filled by O.E.M.',
      'ue 0',
    );
    expect(seen.of('system.serial')).toEqual([
      { key: 'system.serial', collector: 'sysfs', raw: 'A1', value: 'A1' },
      { key: 'system.serial', collector: 'dmidecode', raw: 'To be filled by O.E.M.', value: undefined },
    ]);
    expect(seen.values('system.serial')).toEqual(['A1']);
    expect(seen.number('ue')).toBe(0);
    expect(seen.number('absent')).toBeUndefined();
  });

  it.each([
    '',
    '  ',
    'Not Specified',
    'To Be Filled By O.E.M.',
    'Default string',
    'System Product Name',
    'None',
    '0',
    '00000000-0000-0000-0000-000000000000',
    '0000000000',
    'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF',
  ])('takes "%s" for absent where it names a machine', (text) => {
    expect(text === '0' ? undefined : knownText(text)).toBeUndefined();
  });

  it('keeps what only looks like junk', () => {
    for (const text of ['0000A1', 'None of these', 'F00D', '10:20']) expect(knownText(text)).toBe(text);
  });
});
