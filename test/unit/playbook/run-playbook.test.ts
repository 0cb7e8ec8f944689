import { describe, expect, it } from 'vitest';
import { PerimeterError } from '../../../installer/base/errors.ts';
import type { PerimeterEvent } from '../../../installer/base/events.ts';
import { hostsAtOnce } from '../../../installer/hosts/hosts-at-once.ts';
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

  it('looks once where nothing is to be done, and again where something was', async () => {
    const host = new MemoryHost();
    let looks = 0;
    const status = host.status.bind(host);
    host.status = async (path) => {
      if (path === '/etc/a') looks += 1;
      return await status(path);
    };
    await runOn([host], { check: false });
    expect(looks).toBe(3);
    await runOn([host], { check: false });
    expect(looks).toBe(4);
  });

  it('looks again with variables of the host as its changes left it', async () => {
    const playbook = await playbookOf(`
    - name: A
      copy: {dest: /etc/a, content: x}
    - name: B
      copy: {dest: /etc/b, content: "{{ kernel }}"}`);
    const host = new MemoryHost();
    const prepare = async () => ({
      host,
      groups: [],
      variables: { kernel: host.files.text('/etc/a') === undefined ? 'old' : 'new' },
    });
    const options = { check: false, signal: new AbortController().signal };
    const [only] = await runPlaybook(playbook, ['n1'], prepare, options, { emit: () => {} });
    expect(host.files.text('/etc/b')).toBe('new');
    expect(only?.recap).toMatchObject({ changed: 2, failed: 0 });
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

describe('what was done before a run ended badly', () => {
  it('is counted and told, also where the host was lost', async () => {
    const host = new MemoryHost();
    host.interruptAfter(1);
    const { runs } = await runOn([host], { check: false });
    expect(runs[0]).toMatchObject({
      recap: { ok: 1, changed: 1, unreachable: 1, failed: 0, skipped: 0 },
      changes: [{ sentence: 'create /etc/a' }],
      diffs: ['--- /etc/a as it is\n+++ /etc/a as declared\n+one\n+two\n'],
      failure: { code: 'E_HOST_UNREACHABLE' },
    });
  });

  it('is told of handlers and of what only became necessary, too', async () => {
    const playbook = await playbookOf(
      `
    - name: Look
      stat: {path: /etc/a}
      register: a
    - name: A
      copy: {dest: /etc/a, content: x}
      notify: H
    - name: Skipped
      copy: {dest: /etc/never, content: x}
      when: false`,
      '  handlers:\n    - name: H\n      copy: {dest: /etc/h, content: x}\n',
    );
    const host = new MemoryHost();
    const run = async () => {
      const prepare = async () => ({ host, groups: [], variables: {} });
      const options = { check: false, signal: new AbortController().signal };
      const [only] = await runPlaybook(playbook, ['n1'], prepare, options, { emit: () => {} });
      return only;
    };
    expect(await run()).toMatchObject({
      recap: { ok: 3, changed: 2, failed: 0, skipped: 1 },
      changes: [{ sentence: 'create /etc/a' }, { sentence: 'h' }],
    });
    expect(await run()).toMatchObject({ recap: { ok: 2, changed: 0, skipped: 1 }, changes: [] });
  });
});

it('of 200 hosts only some are talked to at the same time, and each is done', async () => {
  const hosts = Array.from({ length: 200 }, (_, index) => new MemoryHost({ name: `n${index + 1}` }));
  const playbook = await playbookOf(tasks);
  const now = new Set<string>();
  let most = 0;
  // Each host is made ready twice: before its changes, and after them.
  const prepare = async (name: string) => {
    most = Math.max(most, now.add(name).size);
    const host = hosts.find((candidate) => candidate.name === name) as MemoryHost;
    await new Promise((resolve) => setImmediate(resolve));
    return { host, groups: [], variables: {} };
  };
  const runs = await runPlaybook(
    playbook,
    hosts.map(({ name }) => name),
    prepare,
    { check: false, signal: new AbortController().signal },
    { emit: ({ kind, scope }) => void (kind === 'done' && scope.length === 2 && now.delete(scope[1] ?? '')) },
  );
  expect(most).toBe(hostsAtOnce);
  expect(runs.map(({ recap }) => recap.changed)).toEqual(hosts.map(() => 2));
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
