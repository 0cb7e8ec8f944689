import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { productDirectory } from '../../../installer/base/files.ts';
import { explainModule } from '../../../installer/cli/playbook/explain-module.ts';
import { playbookJsonSchema } from '../../../installer/playbook/json-schema.ts';
import { playbookModules } from '../../../installer/playbook/modules.ts';

const schema = playbookJsonSchema();
// Read back by a library: an editor sees what this sees.
const judge = z.fromJSONSchema(schema);
const play = (task: object): unknown => [{ name: 'P', hosts: 'all', tasks: [task] }];

describe('the schema for editors', () => {
  it('is plain JSON, and knows every module', () => {
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
    const text = JSON.stringify(schema);
    for (const name of Object.keys(playbookModules)) expect(text).toContain(`"${name}":{`);
  });

  it('takes every playbook and every file of tasks of the product', async () => {
    const folder = productDirectory('playbooks');
    const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.yaml'));
    expect(files.length).toBeGreaterThan(5);
    for (const file of files) {
      const result = judge.safeParse(load(await readFile(join(folder, file), 'utf8')));
      expect([file, result.error?.message]).toEqual([file, undefined]);
    }
  });

  it.each([
    ['a word that is no module', { name: 'A', copi: { dest: '/etc/a', content: 'x' } }],
    ['an argument that the module does not have', { name: 'A', copy: { dst: '/etc/a', content: 'x' } }],
    ['an argument that is missing', { name: 'A', sysctl: { name: 'net.x' } }],
    ['a value that is not allowed', { name: 'A', file: { path: '/a', state: 'present' } }],
    ['become: false', { name: 'A', become: false, file: { path: '/a', state: 'absent' } }],
  ])('marks %s', (_title, task) => {
    expect(judge.safeParse(play(task)).success).toBe(false);
  });

  it('takes a text that is filled in later for any value', () => {
    expect(judge.safeParse(play({ name: 'A', file: { path: '/a', state: '{{x}}' } })).success).toBe(true);
  });
});

describe('explaining a module', () => {
  it.each(Object.keys(playbookModules))('%s: what it does, and every argument', (name) => {
    const text = explainModule(name);
    for (const argument of Object.keys(playbookModules[name]?.args.shape ?? {}))
      expect(text).toMatch(new RegExp(`^  ${argument} `, 'm'));
    expect(text).not.toMatch(/undefined|\[object/);
  });

  it('tells what may be said', () => {
    expect(explainModule('ansible.builtin.file')).toMatch(/ {2}state +.*directory.*absent/);
  });

  it('names what was probably meant', () => {
    expect(() => explainModule('copi')).toThrow(/did you mean "copy"\?$/);
  });
});
