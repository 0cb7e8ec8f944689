import { describe, expect, it } from 'vitest';
import { PerimeterError } from '../../../installer/base/errors.ts';
import type { PerimeterEvent } from '../../../installer/base/events.ts';
import { describeChange } from '../../../installer/playbook/describe-change.ts';
import { describeDiff } from '../../../installer/playbook/describe-diff.ts';
import { runPlaybook } from '../../../installer/playbook/run-playbook.ts';
import { MemoryHost } from '../../../installer/testkit/memory-host.ts';
import { playbookOf } from './write-playbook.ts';

const tasks = `
    - name: A
      copy: {dest: /etc/a, content: "one\\ntwo\\n"}
      tags: first
    - name: B
      copy: {dest: /etc/b, content: x}
      no_log: true`;

async function runOn(hosts: readonly MemoryHost[], options: { check: boolean; tags?: readonly string[] }) {
  const events: PerimeterEvent[] = [];
  const prepare = async (name: string) => {
    const host = hosts.find((candidate) => candidate.name === name) as MemoryHost;
    if (host.address === 'dead') {
      throw new PerimeterError('E_HOST_UNREACHABLE', { message: `${name} is dead`, hint: 'none' });
    }
    return { host, groups: [], variables: {} };
  };
  const names = hosts.map(({ name }) => name);
  const signal = new AbortController().signal;
  const runs = await runPlaybook(
    await playbookOf(tasks),
    names,
    prepare,
    { ...options, signal },
    { emit: (event) => events.push(event) },
  );
  return { runs, events };
}

describe('a playbook on its own', () => {
  it('checked, changes nothing and shows what it may', async () => {
    const host = new MemoryHost();
    host.files.edit('/etc/a', 'one\nthree\n');
    const { runs } = await runOn([host], { check: true });
    expect(host.changes).toEqual([]);
    expect(runs[0]?.recap).toMatchObject({ ok: 2, changed: 2 });
    expect(runs[0]?.diffs).toEqual(['--- /etc/a as it is\n+++ /etc/a as declared\n-three\n+two\n']);
  });

  it('run, changes what differs; again, nothing', async () => {
    const host = new MemoryHost();
    await runOn([host], { check: false });
    expect([host.files.text('/etc/a'), host.files.text('/etc/b')]).toEqual(['one\ntwo\n', 'x']);
    expect((await runOn([host], { check: false })).runs[0]?.recap.changed).toBe(0);
  });

  it('with tags, does only what has them', async () => {
    const host = new MemoryHost();
    await runOn([host], { check: false, tags: ['first'] });
    expect([host.files.text('/etc/a'), host.files.text('/etc/b')]).toEqual(['one\ntwo\n', undefined]);
  });

  it('goes on with the other hosts when one is dead', async () => {
    const hosts = [new MemoryHost({ name: 'n1', address: 'dead' }), new MemoryHost({ name: 'n2' })];
    const { runs } = await runOn(hosts, { check: false });
    expect(runs.map(({ recap }) => [recap.host, recap.unreachable, recap.changed])).toEqual([
      ['n1', 1, 0],
      ['n2', 0, 2],
    ]);
    expect(runs[0]?.failure).toMatchObject({ code: 'E_HOST_UNREACHABLE' });
  });
});

describe('a change in words', () => {
  it('names what was found, unless that says nothing new', () => {
    expect(
      describeChange({
        sentence: 'set a to 1',
        differences: [{ item: 'sysctl a', wanted: '1', found: '0' }],
      }),
    ).toBe('set a to 1 (sysctl a: found 0)');
    expect(
      describeChange({
        sentence: 'create /a',
        differences: [{ item: '/a', wanted: 'a file', found: 'nothing there' }],
      }),
    ).toBe('create /a');
    const many = ['x', 'y', 'z'].map((item) => ({ item, wanted: '', found: 'old' }));
    expect(describeChange({ sentence: 'mend', differences: many })).toBe(
      'mend (x: found old; y: found old; and 1 more)',
    );
  });

  it('line by line', () => {
    const texts = { path: '/a', before: 'a\nb\nc\nd\n', after: 'a\nB\nc\nd\ne\n' };
    expect(describeDiff({ sentence: '', differences: [], texts })).toBe(
      '--- /a as it is\n+++ /a as declared\n-b\n+B\n+e\n',
    );
    expect(describeDiff({ sentence: '', differences: [] })).toBeUndefined();
  });
});
