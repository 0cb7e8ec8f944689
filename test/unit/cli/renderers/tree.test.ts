import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { chooseRenderer, defaultOutput } from '../../../../installer/cli/renderers/choose-renderer.ts';
import { treeRenderer } from '../../../../installer/cli/renderers/tree.ts';
import { KeptStreams } from '../streams.ts';

/** The last picture of the tree: what stays on the screen when it is closed. */
async function lastPicture(emit: (renderer: ReturnType<typeof treeRenderer>) => void): Promise<string[]> {
  const streams = new KeptStreams(100);
  const renderer = treeRenderer(streams.stderr, streams.stdout, () => 0);
  emit(renderer);
  await renderer.close();
  expect(streams.out).toBe('');
  const picture = stripVTControlCharacters(streams.error).trimEnd().split('\n');
  return picture.map((line) => line.trimEnd()).filter((line) => line !== '');
}

test('what went well is folded up, what failed stays open', async () => {
  const picture = await lastPicture((renderer) => {
    renderer.emit({ kind: 'start', scope: ['check'], title: 'Check the hosts' });
    renderer.emit({ kind: 'start', scope: ['check', 'n1'], title: 'n1' });
    renderer.emit({ kind: 'done', scope: ['check', 'n1'], ms: 900 });
    renderer.emit({ kind: 'done', scope: ['check'], ms: 2000, text: 'nothing to do' });
    renderer.emit({ kind: 'start', scope: ['seed'], title: 'Bring the images' });
    renderer.emit({ kind: 'done', scope: ['seed', 'n1'], ms: 3000 });
    renderer.emit({
      kind: 'fail',
      scope: ['seed', 'n2'],
      ms: 1000,
      code: 'E_SEED',
      message: 'no room\nmore',
    });
    renderer.emit({ kind: 'fail', scope: ['seed'], ms: 4000, code: 'E_SEED', message: 'one host failed' });
  });
  expect(picture.map((line) => line.replace(/^( *)\S /, '$1'))).toEqual([
    'Check the hosts  2 s, nothing to do',
    'Bring the images  failed after 4 s: one host failed',
    '  n1  3 s',
    '  n2  failed after 1 s: no room',
  ]);
});

test('a branch that no event started ends with what it holds', async () => {
  const picture = await lastPicture((renderer) => {
    renderer.emit({ kind: 'progress', scope: ['accept'], done: 1, total: 2, unit: 'steps' });
    renderer.emit({ kind: 'done', scope: ['accept', 'RBK-01'], ms: 3000 });
  });
  expect(picture).toEqual([expect.stringMatching(/^[✔√] accept: 1 of 2$/)]);
});

test('what was cut short does not look done', async () => {
  const picture = await lastPicture((renderer) => {
    renderer.emit({ kind: 'start', scope: ['seed'], title: 'Bring the images' });
    renderer.say('Stopping at a safe point.');
  });
  expect(picture[0]).toMatch(/^[⊘x(] ?.*Bring the images$/u);
  expect(picture[0]).not.toMatch(/^[✔√]/);
  expect(picture[1]).toContain('Stopping at a safe point.');
});

test('rate and time left are drawn while it runs', async () => {
  const streams = new KeptStreams(100);
  let nowMs = 0;
  const renderer = treeRenderer(streams.stderr, streams.stdout, () => nowMs);
  const progress = (done: number): void =>
    renderer.emit({ kind: 'progress', scope: ['seed', 'n1'], done, total: 100e6, unit: 'bytes' });
  progress(0);
  nowMs = 5000;
  progress(50e6);
  await expect
    .poll(() => stripVTControlCharacters(streams.error))
    .toContain('n1: 50 %, 50.0 MB of 100 MB, 10.0 MB/s, 5 s left');
  await renderer.close();
});

test('it can be taken off the screen and come back', async () => {
  const streams = new KeptStreams(100);
  const renderer = treeRenderer(streams.stderr, streams.stdout, () => 0);
  renderer.emit({ kind: 'done', scope: ['one'], ms: 1 });
  await renderer.close();
  streams.stderr.write('shell\n');
  renderer.emit({ kind: 'done', scope: ['two'], ms: 1 });
  await renderer.close();
  const lines = stripVTControlCharacters(streams.error).split('\n');
  const last = (text: string): number => lines.findLastIndex((line) => line.includes(text));
  expect(last('one')).toBeGreaterThanOrEqual(0);
  expect(last('one')).toBeLessThan(last('shell'));
  expect(last('shell')).toBeLessThan(last('two'));
});

test('a text is shown whole between what is finished and what goes on', async () => {
  const streams = new KeptStreams(100);
  const renderer = treeRenderer(streams.stderr, streams.stdout, () => 0);
  renderer.emit({ kind: 'start', scope: ['install'], title: 'Install' });
  renderer.emit({ kind: 'done', scope: ['plan'], ms: 1 });
  await renderer.show('one change:\n  n1: a file\n');
  renderer.emit({ kind: 'done', scope: ['install'], ms: 2000 });
  await renderer.close();
  const lines = stripVTControlCharacters(streams.error)
    .split('\n')
    .map((line) => line.trim());
  const at = lines.indexOf('one change:');
  expect(lines[at + 1]).toBe('n1: a file');
  expect(lines[at - 1]).toMatch(/ plan {2}1 ms$/);
  const after = lines.slice(at).filter((line) => line.includes('Install'));
  expect(after.at(-1)).toMatch(/^[✔√] Install {2}2 s$/);
  expect(lines.join('\n')).not.toMatch(/[⊘] Install/);
});

test('a tree is drawn only where it can be', async () => {
  const terminal = new KeptStreams(100);
  expect(defaultOutput(terminal, { TERM: 'xterm' })).toBe('tree');
  expect(defaultOutput(terminal, { TERM: 'dumb' })).toBe('lines');
  expect(defaultOutput(terminal, { TERM: 'xterm', CI: 'true' })).toBe('lines');
  expect(defaultOutput(new KeptStreams(0), { TERM: 'xterm' })).toBe('lines');
  expect(defaultOutput(new KeptStreams(), { TERM: 'xterm' })).toBe('lines');
  const pipe = new KeptStreams();
  const renderer = await chooseRenderer('tree', pipe);
  renderer.emit({ kind: 'done', scope: ['one'], ms: 1 });
  expect(pipe.error).toContain('one: done');
});

test('parts of a target are drawn below it while it runs, with where it comes from, and end with it', async () => {
  const streams = new KeptStreams(120);
  const renderer = treeRenderer(streams.stderr, streams.stdout, () => 0);
  const scope = ['seed-images', 'site'];
  renderer.emit({ kind: 'start', scope: ['seed-images'], title: 'Seed' });
  for (const time of [1, 2]) {
    renderer.emit({ kind: 'start', scope, title: 'site' });
    const sum = { kind: 'progress', scope, done: 60, total: 200, unit: 'bytes' } as const;
    renderer.emit(sum);
    for (const [name, from] of [
      ['n1', 'source'],
      ['n2', `n${time}`],
    ] as const)
      renderer.emit({ ...sum, scope: [...scope, name], done: 30, total: 100, text: `from ${from}` });
    await expect
      .poll(() => stripVTControlCharacters(streams.error))
      .toMatch(new RegExp(`n1: 30 %, 30 B of 100 B, from source\\n.*n2: .*from n${time}\\n`));
    renderer.emit({ kind: 'done', scope, ms: 1000 });
  }
  renderer.emit({ kind: 'done', scope: ['seed-images'], ms: 2000 });
  await renderer.close();
  const last = stripVTControlCharacters(streams.error).trimEnd().split('\n').at(-1);
  expect(last).toMatch(/^[✔√] Seed {2}2 s$/);
});
