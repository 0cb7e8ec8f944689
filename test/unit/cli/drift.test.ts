import { describe, expect, it } from 'vitest';
import type { Drift } from '../../../installer/actions/drift.ts';
import { digestOf } from '../../../installer/base/digest.ts';
import { describeDrift } from '../../../installer/cli/drift-text.ts';

const at = (text: string): number => Date.parse(text);

function drift(part: Partial<Drift['nodes'][number]> = {}, sentences: readonly string[] = []): Drift {
  return {
    nodes: [
      { node: 'n1', recorded: true, differences: [], ...part },
      { node: 'n2', recorded: true, differences: [] },
    ],
    plan: {
      planVersion: 1,
      site: { name: 'unit', digest: digestOf('site') },
      bundle: { version: '1', digest: digestOf('bundle') },
      phases: [
        {
          name: 'watch-nodes',
          title: 'Watch the nodes',
          targets: [
            { name: 'n1', changes: sentences.map((sentence) => ({ id: sentence, sentence, data: {} })) },
          ],
        },
      ],
    },
  };
}

const cron = {
  class: 'guarded',
  kind: 'file',
  name: '/etc/cron.d/evil',
  wanted: 'absent',
  found: `sha256:${'ab'.repeat(32)} 644 root:root`,
  changedMs: at('2026-03-01T10:00:00Z'),
  lastGoodMs: at('2026-03-01T09:58:00Z'),
  firstSeenMs: at('2026-03-01T10:01:00Z'),
  lastLogin: 'root from 10.0.0.9 (publickey) at 2026-03-01T09:59:00+0000',
} as const;
const moving = 'move /etc/cron.d/evil aside, which nobody declared';

describe('what perimeter drift says', () => {
  it('that all is well, in one line', () => {
    const none = drift();
    expect(describeDrift(none, none, 'look')).toBe('Site unit: 2 hosts below Kubernetes as declared.\n');
  });

  it('host, item, wanted, found and when, and what would put it right', () => {
    const found = drift({ differences: [cron] }, [moving]);
    const text = describeDrift(found, found, 'look');
    expect(text).toContain('Site unit: 1 difference on 1 of 2 hosts.');
    expect(text).toMatch(/n1\n {2}file \/etc\/cron\.d\/evil\n {4}wanted {2}nothing there\n/);
    expect(text).toContain('found   content abababababab, 644 root:root');
    expect(text).toContain('changed 2026-03-01T10:00:00Z; as recorded at 2026-03-01T09:58:00Z; first seen');
    expect(text).toContain('last log-in before: root from 10.0.0.9');
    expect(text).toContain(`What --heal would do:`);
    expect(text).toContain(moving);
  });

  it('what was put right, and that nothing is left', () => {
    const text = describeDrift(drift({ differences: [cron] }, [moving]), drift(), 'heal');
    expect(text).toContain('Put right:');
    expect(text).toContain('Now everything is as declared.');
  });

  it('what could not be put right', () => {
    const found = drift({ differences: [{ ...cron, kind: 'package', name: 'haproxy' }] });
    expect(describeDrift(found, found, 'heal')).toMatch(/Still there:\n\n.*\n\nn1\n {2}package haproxy/s);
  });

  it('where nothing was recorded yet', () => {
    const blind = drift({ recorded: false });
    expect(describeDrift(blind, blind, 'look')).toContain('Not recorded yet on n1');
  });
});
