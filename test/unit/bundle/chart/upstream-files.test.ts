import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readUpstreamObjects } from '../../../../installer/bundle/chart/upstream-files.ts';

const object = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`;

async function read(files: Readonly<Record<string, string>>, include: string[], exclude: string[] = []) {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'upstream-'));
  await mkdir(join(folder.path, 'config'));
  for (const [path, text] of Object.entries(files)) await writeFile(join(folder.path, path), text);
  return await readUpstreamObjects(folder.path, include, exclude, 'Artifact chart-x');
}

describe("upstream's files", () => {
  it('are read in the order of the patterns, then of their names, each once', async () => {
    const files = {
      'config/b.yaml': object('b'),
      'config/a.yaml': `# first\n---\n${object('a1')}---\n${object('a2')}---\n# nothing more\n`,
      'config/100-z.yaml': object('z'),
      'config/not.yaml': 'resources: [a.yaml]\n',
    };
    const objects = await read(files, ['config/100-*.yaml', 'config/*.yaml'], ['config/not.yaml']);
    expect(objects.map((one) => one.metadata.name)).toEqual(['z', 'a1', 'a2', 'b']);
  });

  it('may close a list under the key that opened it, as Go allows', async () => {
    const text = `${object('a')}spec:\n  args: [\n    "one",\n    "two",\n  ]\n  rest: {\n    a: 1\n  }\n`;
    const [one] = await read({ 'config/a.yaml': text }, ['config/a.yaml']);
    expect(one?.['spec']).toEqual({ args: ['one', 'two'], rest: { a: 1 } });
  });

  it('mean what Go means by old numbers and words', async () => {
    const text = `${object('a')}data: {mode: 0644, on: yes}\n`;
    const [one] = await read({ 'config/a.yaml': text }, ['config/a.yaml']);
    expect(one?.['data']).toEqual({ mode: 420, true: true });
  });

  it.each([
    ['a pattern that finds nothing', {}, ['config/*.yaml'], '"config/*.yaml" finds no file'],
    [
      'a file that is no object',
      { 'config/a.yaml': 'a: 1\n' },
      ['config/a.yaml'],
      'config/a.yaml: document 1 is no object',
    ],
    ['a file that is no YAML', { 'config/a.yaml': 'a: [\n' }, ['config/a.yaml'], 'config/a.yaml: '],
  ])('are refused for %s', async (_what, files, include, words) => {
    await expect(read(files, include)).rejects.toMatchObject({
      code: 'E_BUILD_FAILED',
      message: expect.stringContaining(words),
    });
  });
});
