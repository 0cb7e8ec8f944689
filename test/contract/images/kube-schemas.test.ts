import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileOwnProgram, type OwnProgram } from './own-program.ts';

let program: OwnProgram;

beforeAll(async () => {
  program = await compileOwnProgram('ci-tools/kube-schemas');
}, 300_000);
afterAll(async () => await program.remove());

const openapi = {
  definitions: {
    'io.example.Thing': {
      type: 'object',
      required: ['name'],
      properties: {
        name: { type: 'string' },
        port: { type: 'string', format: 'int-or-string' },
        spec: { $ref: '#/definitions/io.example.Spec' },
      },
      'x-kubernetes-group-version-kind': [{ group: '', version: 'v1', kind: 'Thing' }],
    },
    'io.example.Spec': { type: 'object', additionalProperties: { type: 'string' } },
    'io.example.Options': {
      type: 'object',
      'x-kubernetes-group-version-kind': [
        { group: '', version: 'v1', kind: 'Options' },
        { group: 'apps', version: 'v1', kind: 'Options' },
      ],
    },
  },
};

const crd = {
  kind: 'CustomResourceDefinition',
  spec: {
    group: 'example.org',
    names: { kind: 'Widget' },
    versions: [
      {
        name: 'v1',
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                required: ['size', 'mode'],
                properties: {
                  size: { 'x-kubernetes-int-or-string': true },
                  mode: { type: 'string', default: 'fast' },
                  colour: { type: 'string', enum: ['red'] },
                  extra: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: {} },
                },
                anyOf: [{ required: ['colour'], properties: { colour: {} } }],
              },
            },
          },
        },
      },
    ],
  },
};

describe('kube-schemas', () => {
  it('writes the kinds of Kubernetes, closed and with references into one file', async () => {
    const { out, stdout } = await write('native', { openapi });
    expect(stdout).toBe('1 schemas');
    expect(await json(out, 'v1/thing_v1.json')).toEqual({
      $ref: '../definitions.json#/definitions/io.example.Thing',
    });
    expect(await json(out, 'definitions.json')).toMatchObject({
      definitions: {
        'io.example.Thing': {
          additionalProperties: false,
          properties: { name: { type: 'string' }, port: { type: ['string', 'integer', 'null'] } },
        },
        'io.example.Spec': { additionalProperties: { type: 'string' } },
      },
    });
  });

  it('writes custom kinds: closed where the API is, open where it is open', async () => {
    const { out } = await write('custom', { crd });
    expect(await json(out, 'example.org/widget_v1.json')).toMatchObject({
      additionalProperties: false,
      properties: {
        apiVersion: { type: 'string' },
        metadata: { type: 'object' },
        spec: {
          required: ['size'],
          additionalProperties: false,
          properties: {
            size: { type: ['string', 'integer'] },
            colour: { type: ['string', 'null'], enum: ['red', null] },
          },
          anyOf: [{ required: ['colour'] }],
        },
      },
    });
    const { properties } = (await json(out, 'example.org/widget_v1.json')) as {
      properties: { spec: { properties: { extra: object }; anyOf: [object] } };
    };
    expect(properties.spec.properties.extra).not.toHaveProperty('additionalProperties');
    expect(properties.spec.anyOf[0]).not.toHaveProperty('additionalProperties');
  });

  it('fails when it finds nothing to write', async () => {
    const empty = join(program.folder, 'empty');
    await mkdir(empty);
    const ended = await execa(program.file, ['-crds', empty, join(program.folder, 'none')], {
      reject: false,
    });
    expect(ended.exitCode).toBe(1);
    expect(ended.stderr).toContain('no kind of object');
  });
});

async function write(
  name: string,
  from: { readonly openapi?: object; readonly crd?: object },
): Promise<{ out: string; stdout: string }> {
  const folder = join(program.folder, name);
  await mkdir(join(folder, 'crds'), { recursive: true });
  const options: string[] = [];
  if (from.openapi !== undefined) {
    await writeFile(join(folder, 'swagger.json'), JSON.stringify(from.openapi));
    options.push('-openapi', join(folder, 'swagger.json'));
  }
  if (from.crd !== undefined) {
    await writeFile(join(folder, 'crds', 'one.yaml'), `---\n# JSON is YAML\n${JSON.stringify(from.crd)}\n`);
    options.push('-crds', join(folder, 'crds'));
  }
  const out = join(folder, 'out');
  const { stdout } = await execa(program.file, [...options, out]);
  return { out, stdout };
}

const json = async (folder: string, file: string): Promise<unknown> =>
  JSON.parse(await readFile(join(folder, file), 'utf8'));
