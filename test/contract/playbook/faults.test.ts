import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statfsSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openHost } from '../../../installer/hosts/single-host.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { tinyDisk } from '../../support/tiny-disk.ts';
import { expectDone, failureOf, playbookOf, runOn } from './playbook-run.ts';

const host = openHost('localhost');

describe('a full disk', () => {
  const text = 'wanted '.repeat(8_000);
  const writers = [
    ['copy', "copy: {dest: '{{file}}', content: '{{text}}'}", text],
    ['template', "template: {src: x.hbs, dest: '{{file}}'}", text],
    ['lineinfile', "lineinfile: {path: '{{file}}', line: '{{text}}'}", `old\n${text}\n`],
    [
      'blockinfile',
      "blockinfile: {path: '{{file}}', block: '{{text}}'}",
      `old\n# BEGIN perimeter\n${text}\n# END perimeter\n`,
    ],
  ] as const;

  /** Leaves room for the beginning of what will be written, so that the disk becomes full in the middle. */
  function fill(path: string): void {
    const { bavail, bsize } = statfsSync(path);
    writeFileSync(join(path, 'filler'), Buffer.alloc((bavail - 2) * bsize, 1));
  }

  it.each(writers)('leaves the old file to %s, and the next run finishes', async (_name, module, wanted) => {
    using disk = tinyDisk(256 << 10);
    const file = join(disk.path, 'file');
    writeFileSync(file, 'old\n');
    fill(disk.path);
    const playbook = await playbookOf([`name: Write it\n${module}`], {
      files: { 'templates/x.hbs': '{{text}}' },
    });
    const variables = { file, text };

    const { error, told } = failureOf(await runOn(host, playbook, { variables }));
    expect(error).toMatchObject({ code: 'E_DISK_FULL', where: { host: 'localhost' } });
    expect(told).toContain(`${file}: `);
    expect(told).toContain('No space left on device');
    expect(told).toContain('Where:      task Write it (site.yaml:4), host localhost');
    expect(told).toContain(`df -h ${file}`);
    expect(readdirSync(disk.path)).toEqual(['file', 'filler']);
    expect(readFileSync(file, 'utf8')).toBe('old\n');

    rmSync(join(disk.path, 'filler'));
    await expectDone(host, playbook, variables);
    expect(readFileSync(file, 'utf8')).toBe(wanted);
  });
});

describe('a read-only file system', () => {
  const mode = (path: string): number => statSync(path).mode & 0o777;
  const tasks = [
    [
      'a file',
      "copy: {dest: '{{at}}/file', content: new}",
      (at: string) => readFileSync(`${at}/file`, 'utf8'),
    ],
    [
      'a line',
      "lineinfile: {path: '{{at}}/file', line: new}",
      (at: string) => readFileSync(`${at}/file`, 'utf8').endsWith('\nnew\n'),
    ],
    ['attributes', "file: {path: '{{at}}/file', mode: '0600'}", (at: string) => mode(`${at}/file`)],
    [
      'a folder',
      "file: {path: '{{at}}/a/b', state: directory, mode: '0700'}",
      (at: string) => mode(`${at}/a/b`),
    ],
    [
      'a link',
      "file: {path: '{{at}}/link', state: link, src: other}",
      (at: string) => readlinkSync(`${at}/link`),
    ],
    ['an end', "file: {path: '{{at}}/folder', state: absent}", (at: string) => readdirSync(at)],
  ] as const;
  const wanted = ['new', true, 0o600, 0o700, 'other', ['file', 'link']];
  const picture = (at: string): string =>
    execFileSync('sh', ['-c', 'cd "$1" && find . -printf "%p %y %m %l %T@\\n" && cat file', 'show', at], {
      encoding: 'utf8',
    });

  it.each(tasks.map((task, index) => [...task, wanted[index]] as const))(
    'refuses %s; the error says why and what to do, and nothing changed',
    async (_what, module, read, result) => {
      using disk = tinyDisk(256 << 10);
      const remount = (word: string) => execFileSync('mount', ['-o', `remount,${word}`, disk.path]);
      mkdirSync(join(disk.path, 'folder'));
      writeFileSync(join(disk.path, 'file'), 'old\n');
      symlinkSync('elsewhere', join(disk.path, 'link'));
      const playbook = await playbookOf([`name: Do it\n${module}`]);
      const variables = { at: disk.path };
      const before = picture(disk.path);

      remount('ro');
      const { error, told } = failureOf(await runOn(host, playbook, { variables }));
      expect(error.code).toBe('E_HOST_FILE');
      expect(told).toContain('Read-only file system');
      expect(told).toContain('task Do it (site.yaml:4)');
      expect(told).toMatch(/often a failing disk: ssh 127\.0\.0\.1 "findmnt -T \S+; dmesg \| tail"/);
      expect(told).toContain('mount -o remount,rw');
      expect(picture(disk.path)).toBe(before);

      remount('rw');
      await expectDone(host, playbook, variables);
      expect(read(disk.path)).toEqual(result);
    },
  );
});

describe('another administrator who changes the same file meanwhile', () => {
  const lines = ['alpha', 'beta', 'gamma'];
  const started = async (): Promise<string> => {
    const file = join(await temporaryFolder(), 'shared.conf');
    writeFileSync(file, `${lines.join('\n')}\n`);
    return file;
  };
  const shared = [
    ['lineinfile', "lineinfile: {path: '{{file}}', line: ours}", 'alpha\nBETA\ngamma\ntheirs\nours\n'],
    [
      'lineinfile with regexp',
      "lineinfile: {path: '{{file}}', regexp: ^gamma, line: gamma=ours}",
      'alpha\nBETA\ngamma=ours\ntheirs\n',
    ],
    [
      'blockinfile',
      "blockinfile: {path: '{{file}}', block: ours}",
      'alpha\nBETA\ngamma\ntheirs\n# BEGIN perimeter\nours\n# END perimeter\n',
    ],
  ] as const;

  // All was looked at before the first change is made; minutes may lie between that and the change of this file.
  it.each(shared)('keeps the other lines that %s does not own', async (_name, module, wanted) => {
    const file = await started();
    const playbook = await playbookOf([`name: Ours\n${module}`]);
    const run = await runOn(host, playbook, {
      variables: { file },
      before() {
        writeFileSync(file, readFileSync(file, 'utf8').replace('beta', 'BETA'));
        appendFileSync(file, 'theirs\n');
      },
    });
    expect(run.failure).toBeUndefined();
    expect(readFileSync(file, 'utf8')).toBe(wanted);
  });

  it('loses what was put into a file that is ours as a whole', async () => {
    const file = await started();
    const playbook = await playbookOf([`name: Ours\ncopy: {dest: '{{file}}', content: "declared\\n"}`]);
    await runOn(host, playbook, { variables: { file }, before: () => appendFileSync(file, 'theirs\n') });
    expect(readFileSync(file, 'utf8')).toBe('declared\n');
  });

  it('is answered in the same run when a task was already done', async () => {
    const file = await started();
    const other = `${file}.other`;
    const playbook = await playbookOf([
      `name: Ours\ncopy: {dest: '{{file}}', content: "declared\\n"}`,
      `name: Next\ncopy: {dest: '{{file}}.other', content: "declared\\n"}`,
    ]);
    const before = (sentence: string): void => {
      if (!sentence.includes(other)) return;
      expect(readFileSync(file, 'utf8')).toBe('declared\n');
      appendFileSync(file, 'theirs\n');
    };
    await runOn(host, playbook, { variables: { file }, before });
    expect([file, other].map((path) => readFileSync(path, 'utf8'))).toEqual(['declared\n', 'declared\n']);
  });

  it('does not find the file made anew that was removed on purpose, but is named with the task', async () => {
    const file = await started();
    const playbook = await playbookOf([`name: Ours\nlineinfile: {path: '{{file}}', line: ours}`]);
    const run = await runOn(host, playbook, { variables: { file }, before: () => rmSync(file) });
    expect(failureOf(run).error).toMatchObject({
      code: 'E_PLAYBOOK_TASK',
      message: `localhost: task "Ours" at site.yaml:4: ${file} is not there; say create: true to make it`,
    });
    expect(() => statSync(file)).toThrow('ENOENT');
  });

  // Somebody did our work: making the change once more would not be wrong, but restarting what belongs to it would be.
  it('who made the very change that was planned leaves nothing to do', async () => {
    const file = await started();
    const playbook = await playbookOf([`name: Ours\nlineinfile: {path: '{{file}}', line: ours}`]);
    let inode = 0;
    await runOn(host, playbook, {
      variables: { file },
      before() {
        appendFileSync(file, 'ours\n');
        inode = statSync(file).ino;
      },
    });
    expect(statSync(file).ino).toBe(inode);
    expect(readFileSync(file, 'utf8')).toBe('alpha\nbeta\ngamma\nours\n');
  });
});
