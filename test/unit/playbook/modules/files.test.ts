import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { playbookModules } from '../../../../installer/playbook/modules.ts';
import { MemoryHost } from '../../../../installer/testkit/memory-host.ts';
import { describeModule } from '../../suites/module-suite.ts';

const text = (path: string) => (host: MemoryHost) => host.files.text(path);
const has =
  (path: string, content: string, mode = 0o644) =>
  (host: MemoryHost) => {
    expect(text(path)(host)).toBe(content);
    expect(host.files.status(path)).toMatchObject({ mode, owner: 'root', group: 'root' });
  };
const holding = (path: string, content: string) => (host: MemoryHost) => host.files.edit(path, content);

const directory = mkdtempSync(join(tmpdir(), 'perimeter-modules-'));
for (const folder of ['files', 'templates']) mkdirSync(join(directory, folder));
writeFileSync(join(directory, 'files', 'motd'), 'welcome\n');
writeFileSync(join(directory, 'templates', 'list.hbs'), '{{#each names}}\nname {{this}} & co\n{{/each}}\n');

describeModule('copy', [
  {
    title: 'makes a file',
    args: { dest: '/etc/new/file', content: 'a\n', mode: '0600' },
    sentence: 'create /etc/new/file',
    after: has('/etc/new/file', 'a\n', 0o600),
  },
  {
    title: 'changes content',
    args: { dest: '/etc/file', content: 'a\nb\n' },
    prepare: holding('/etc/file', 'a\nc\n'),
    sentence: 'change the content of /etc/file',
    after: has('/etc/file', 'a\nb\n'),
  },
  {
    title: 'puts attributes right that somebody changed',
    args: { dest: '/etc/file', content: 'a\n' },
    prepare(host) {
      host.files.edit('/etc/file', 'a\n');
      host.files.attributes('/etc/file', { mode: 0o666, owner: 'daemon' });
    },
    sentence: 'change mode 0666 to 0644, owner daemon to root of /etc/file',
    after: has('/etc/file', 'a\n'),
  },
  {
    title: 'replaces a symbolic link',
    args: { dest: '/etc/file', content: 'a\n' },
    prepare: (host) => host.files.link('/etc/file', '/dev/null'),
    sentence: 'replace /etc/file by a file',
    after: has('/etc/file', 'a\n'),
  },
  {
    title: 'takes a file from beside the playbook',
    args: { dest: '/etc/motd', src: 'motd' },
    context: { directory },
    sentence: 'create /etc/motd',
    after: has('/etc/motd', 'welcome\n'),
  },
  {
    title: 'writes data as YAML',
    args: { dest: '/etc/some.yaml', content: { version: '1.10', list: [1, 'yes'] } },
    sentence: 'create /etc/some.yaml',
    after: has('/etc/some.yaml', "version: '1.10'\nlist:\n  - 1\n  - 'yes'\n"),
  },
  {
    title: 'writes data as JSON',
    args: { dest: '/etc/some.json', content: { a: [true] } },
    sentence: 'create /etc/some.json',
    after: has('/etc/some.json', '{\n  "a": [\n    true\n  ]\n}\n'),
  },
]);

describeModule('template', [
  {
    title: 'fills in and escapes nothing',
    args: { src: 'list.hbs', dest: '/etc/names' },
    context: { directory, variables: { names: ['<one>', 'two'] } },
    sentence: 'create /etc/names',
    after: has('/etc/names', 'name <one> & co\nname two & co\n'),
  },
]);

describeModule('file', [
  {
    title: 'makes a folder',
    args: { path: '/srv/data', state: 'directory', mode: '0700' },
    sentence: 'create /srv/data',
    after: (host) => expect(host.files.status('/srv/data')).toMatchObject({ kind: 'directory', mode: 0o700 }),
  },
  {
    title: 'changes the mode of a folder',
    args: { path: '/srv/data', state: 'directory', mode: '0700' },
    prepare: (host) => host.files.directory('/srv/data'),
    sentence: 'change mode to 0700 of /srv/data',
    after: (host) => expect(host.files.status('/srv/data')).toMatchObject({ mode: 0o700 }),
  },
  {
    title: 'points a link elsewhere',
    args: { path: '/etc/localtime', state: 'link', src: '/usr/share/zoneinfo/UTC' },
    prepare: (host) => host.files.link('/etc/localtime', '/elsewhere'),
    sentence: 'point /etc/localtime to /usr/share/zoneinfo/UTC',
    after: (host) =>
      expect(host.files.status('/etc/localtime')).toMatchObject({ target: '/usr/share/zoneinfo/UTC' }),
  },
  {
    title: 'removes a folder with all in it',
    args: { path: '/srv/old', state: 'absent' },
    prepare: holding('/srv/old/a/b', 'x'),
    sentence: 'remove /srv/old',
    after: (host) => expect(host.files.status('/srv/old/a/b')).toBeUndefined(),
  },
  {
    title: 'makes an empty file when there is none',
    args: { path: '/etc/file', state: 'touch', mode: '0600' },
    sentence: 'create /etc/file',
    after: has('/etc/file', '', 0o600),
  },
  {
    title: 'leaves the content of a file that is there',
    args: { path: '/etc/file', state: 'touch', mode: '0600' },
    prepare: holding('/etc/file', 'kept'),
    sentence: 'change mode 0644 to 0600 of /etc/file',
    after: has('/etc/file', 'kept', 0o600),
  },
  {
    title: 'changes attributes of whatever is there',
    args: { path: '/srv/data', mode: '0700' },
    prepare: (host) => host.files.directory('/srv/data'),
    sentence: 'change mode 0755 to 0700 of /srv/data',
    after: (host) => expect(host.files.status('/srv/data')).toMatchObject({ kind: 'directory', mode: 0o700 }),
  },
  {
    title: 'changes attributes and leaves the content',
    args: { path: '/etc/file', owner: 'daemon' },
    prepare: holding('/etc/file', 'kept'),
    sentence: 'change owner root to daemon of /etc/file',
    after: (host) =>
      expect([text('/etc/file')(host), host.files.status('/etc/file')?.owner]).toEqual(['kept', 'daemon']),
  },
]);

it.each([
  [{ path: '/etc/absent', mode: '0600' }, '/etc/absent is not there; state: touch makes it empty'],
  [{ path: '/etc/absent', state: 'file' }, '/etc/absent is not there'],
  [{ path: '/etc', state: 'file' }, '/etc is a directory, no file'],
])('file never makes what only its attributes are named of: %j', async (args, words) => {
  const { file } = playbookModules;
  const context = { variables: {}, directory, quiet: false };
  const facts = await file?.inspect(args, new MemoryHost(), context);
  expect(() => file?.plan(args, facts, context)).toThrow(words);
});

describeModule('lineinfile', [
  {
    title: 'adds a line at the end',
    args: { path: '/etc/conf', line: 'b=2' },
    prepare: holding('/etc/conf', 'a=1'),
    sentence: 'change the content of /etc/conf',
    after: has('/etc/conf', 'a=1\nb=2\n'),
  },
  {
    title: 'replaces the last line that matches',
    args: { path: '/etc/conf', line: 'a=3', regexp: '^a=' },
    prepare: holding('/etc/conf', 'a=1\na=2\nb=1\n'),
    sentence: 'change the content of /etc/conf',
    after: has('/etc/conf', 'a=1\na=3\nb=1\n'),
  },
  {
    title: 'puts a line behind another one',
    args: { path: '/etc/conf', line: 'new', insertafter: '^\\[one\\]' },
    prepare: holding('/etc/conf', '[one]\n[two]\n'),
    sentence: 'change the content of /etc/conf',
    after: has('/etc/conf', '[one]\nnew\n[two]\n'),
  },
  {
    title: 'removes lines',
    args: { path: '/etc/conf', regexp: '^#', state: 'absent' },
    prepare: holding('/etc/conf', '# a\nb\n# c\n'),
    sentence: 'change the content of /etc/conf',
    after: has('/etc/conf', 'b\n'),
  },
  {
    title: 'makes the file, and keeps the mode of one that is there',
    args: { path: '/etc/conf', line: 'x', create: true },
    prepare(host) {
      host.files.edit('/etc/conf', 'y\n');
      host.files.attributes('/etc/conf', { mode: 0o640 });
    },
    sentence: 'change the content of /etc/conf',
    after: has('/etc/conf', 'y\nx\n', 0o640),
  },
]);

describeModule('blockinfile', [
  {
    title: 'adds a block between markers',
    args: { path: '/etc/hosts', block: '10.0.0.1 one\n10.0.0.2 two\n' },
    sentence: 'change the content of /etc/hosts',
    after: has(
      '/etc/hosts',
      '127.0.0.1\tlocalhost\n# BEGIN perimeter\n10.0.0.1 one\n10.0.0.2 two\n# END perimeter\n',
    ),
  },
  {
    title: 'replaces its block and nothing else',
    args: { path: '/etc/hosts', block: 'new' },
    prepare: holding('/etc/hosts', 'a\n# BEGIN perimeter\nold\n# END perimeter\nb\n'),
    sentence: 'change the content of /etc/hosts',
    after: has('/etc/hosts', 'a\n# BEGIN perimeter\nnew\n# END perimeter\nb\n'),
  },
  {
    title: 'removes its block',
    args: { path: '/etc/hosts', state: 'absent' },
    prepare: holding('/etc/hosts', 'a\n# BEGIN perimeter\nold\n# END perimeter\n'),
    sentence: 'change the content of /etc/hosts',
    after: has('/etc/hosts', 'a\n'),
  },
]);
