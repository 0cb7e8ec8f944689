import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HostHands } from '../../../installer/hosts/host.ts';

export interface HostUnderTest {
  readonly host: HostHands;
  /** A folder on that host which the tests may fill. */
  readonly folder: string;
  close(): Promise<void>;
}

const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');

/** What every host does, whatever it is: the same body holds memory, this machine and SSH to it. */
export function describeHost(label: string, open: () => Promise<HostUnderTest>): void {
  describe(`${label} as a host`, () => {
    let subject: HostUnderTest;
    let host: HostHands;
    const at = (name: string): string => `${subject.folder}/${name}`;

    beforeAll(async () => {
      subject = await open();
      host = subject.host;
    });
    afterAll(() => subject?.close());

    describe('files', () => {
      it('finds nothing where nothing is', async () => {
        const path = at('absent/file');
        expect(await host.readFile(path)).toBeUndefined();
        expect(await host.status(path)).toBeUndefined();
        expect(await host.sha256(path)).toBeUndefined();
        expect(await host.list(path)).toBeUndefined();
      });

      it('writes a file with its folders, content, mode and owner', async () => {
        const path = at("deep/er/it's a $HOME `name`\\n.txt");
        await host.writeFile(path, 'first line\nzweite Zeile: ünï ✓\n', { mode: 0o640 });
        expect(await host.readFile(path)).toBe('first line\nzweite Zeile: ünï ✓\n');
        expect(await host.status(path)).toMatchObject({
          kind: 'file',
          mode: 0o640,
          owner: 'root',
          group: 'root',
          sizeBytes: 35,
        });
        expect(await host.status(at('deep/er'))).toMatchObject({ kind: 'directory', mode: 0o755 });
        expect(await host.sha256(path)).toBe(sha256('first line\nzweite Zeile: ünï ✓\n'));
      });

      it('replaces a file, its mode too, and leaves nothing beside it', async () => {
        const path = at('replace/file');
        await host.writeFile(path, 'one', { mode: 0o600 });
        const before = await host.status(path);
        await host.writeFile(path, 'two');
        expect(await host.readFile(path)).toBe('two');
        expect(await host.status(path)).toMatchObject({ mode: 0o644 });
        expect((await host.status(path))?.stamp).not.toBe(before?.stamp);
        expect(await host.list(at('replace'))).toEqual(['file']);
      });

      it('keeps empty files and odd bytes', async () => {
        await host.writeFile(at('bytes/empty'), '');
        const odd = Uint8Array.from([0, 10, 255, 39, 13]);
        await host.writeFile(at('bytes/odd'), odd);
        expect(await host.readFile(at('bytes/empty'))).toBe('');
        expect(await host.status(at('bytes/odd'))).toMatchObject({ sizeBytes: 5 });
        expect(await host.sha256(at('bytes/odd'))).toBe(sha256(odd));
      });

      it('changes attributes, and its stamp tells', async () => {
        const path = at('attributes');
        await host.writeFile(path, 'x');
        const before = await host.status(path);
        await host.setAttributes(path, { mode: 0o4755, owner: 'daemon', group: 'adm' });
        const after = await host.status(path);
        expect(after).toMatchObject({ mode: 0o4755, owner: 'daemon', group: 'adm' });
        expect(after?.stamp).not.toBe(before?.stamp);
        await expect(host.setAttributes(at('not-there'), { mode: 0o600 })).rejects.toMatchObject({
          code: 'E_HOST_FILE',
        });
      });

      it('makes folders, and again without harm', async () => {
        await host.makeDirectory(at('folder/in/folder'), { mode: 0o700 });
        await host.makeDirectory(at('folder/in/folder'));
        expect(await host.status(at('folder/in/folder'))).toMatchObject({ kind: 'directory', mode: 0o700 });
        expect(await host.list(at('folder'))).toEqual(['in']);
      });

      it('makes and replaces symbolic links', async () => {
        await host.writeFile(at('links/target'), 'content');
        await host.makeSymlink(at('links/link'), 'target');
        expect(await host.status(at('links/link'))).toMatchObject({ kind: 'symlink', target: 'target' });
        expect(await host.readFile(at('links/link'))).toBe('content');
        await host.makeSymlink(at('links/link'), '/nowhere/at all');
        expect(await host.status(at('links/link'))).toMatchObject({ target: '/nowhere/at all' });
        expect(await host.readFile(at('links/link'))).toBeUndefined();
      });

      it('removes files and whole folders, and what is not there', async () => {
        await host.writeFile(at('gone/a/b'), 'x');
        await host.remove(at('gone'));
        await host.remove(at('gone'));
        expect(await host.status(at('gone'))).toBeUndefined();
      });

      it('lists names in order', async () => {
        for (const name of ['b', 'a', '.hidden', 'with space']) await host.writeFile(at(`list/${name}`), '');
        expect(await host.list(at('list'))).toEqual(['.hidden', 'a', 'b', 'with space']);
      });

      it('says what is wrong when a folder is read as a file', async () => {
        await host.makeDirectory(at('a-folder'));
        await expect(host.readFile(at('a-folder'))).rejects.toMatchObject({ code: 'E_HOST_FILE' });
        await expect(host.sha256(at('a-folder'))).rejects.toMatchObject({ code: 'E_HOST_FILE' });
        await host.writeFile(at('a-file'), '');
        await expect(host.list(at('a-file'))).rejects.toMatchObject({ code: 'E_HOST_FILE' });
      });

      it('answers many questions that are asked at once, each with its own answer', async () => {
        const names = Array.from({ length: 450 }, (_, index) => at(`many/${index % 7}`));
        await Promise.all([0, 2, 4].map((index) => host.writeFile(at(`many/${index}`), `content ${index}`)));
        const answers = await Promise.all(names.map((name) => host.readFile(name)));
        const wanted = names.map((_, index) =>
          [0, 2, 4].includes(index % 7) ? `content ${index % 7}` : undefined,
        );
        expect(answers).toEqual(wanted);
      });

      it('takes in a file from here', async () => {
        const here = await mkdtemp(join(tmpdir(), 'perimeter-upload-'));
        try {
          await writeFile(join(here, 'source'), Buffer.alloc(300_000, 'abc'));
          await host.upload(join(here, 'source'), at('uploaded/file'), { mode: 0o755 });
        } finally {
          await rm(here, { recursive: true });
        }
        expect(await host.status(at('uploaded/file'))).toMatchObject({ mode: 0o755, sizeBytes: 300_000 });
        expect(await host.list(at('uploaded'))).toEqual(['file']);
      });
    });

    describe('commands', () => {
      it('gives words unchanged, input and exit code', async () => {
        const words = [
          "it's",
          '$HOME',
          '`id`',
          'a  b',
          '*',
          '',
          '-n',
          '~',
          'ünï',
          'x=y',
          '\\',
          '"',
          'new\nline',
        ];
        const result = await host.query(['printf', '%s|', ...words]);
        expect(result).toEqual({ exitCode: 0, stdout: words.map((word) => `${word}|`).join(''), stderr: '' });
        expect((await host.run(['cat'], { input: 'by standard input' })).stdout).toBe('by standard input');
      });

      it('raises for an exit code that was not allowed', async () => {
        await expect(host.query(['false'])).rejects.toMatchObject({ code: 'E_HOST_COMMAND' });
        await expect(host.run(['false'], { okExitCodes: [0, 2] })).rejects.toMatchObject({
          code: 'E_HOST_COMMAND',
        });
        expect((await host.query(['false'], { okExitCodes: [0, 1] })).exitCode).toBe(1);
        expect((await host.query(['no-such-program'], { okExitCodes: 'any' })).exitCode).toBe(127);
      });

      it.each(['run', 'start'] as const)(
        'does not %s a command for those who were stopped before',
        async (way) => {
          const signal = AbortSignal.abort(new Error('stopped by hand'));
          await expect(host[way](['touch', at('never')], { signal })).rejects.toThrow('stopped by hand');
          expect(await host.status(at('never'))).toBeUndefined();
        },
      );

      it('never shows the input of a command that failed', async () => {
        const failing = host.run(['sh', '-c', 'cat > /dev/null; exit 3', 'failing'], {
          input: 'not for your eyes',
        });
        const error = await failing.catch((reason: unknown) => reason);
        expect(error).toMatchObject({ code: 'E_HOST_COMMAND' });
        expect(JSON.stringify(error) + String(error)).not.toContain('not for your eyes');
      });
    });
  });
}
