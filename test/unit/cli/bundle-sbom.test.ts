import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentEvents } from '../../../installer/base/events.ts';
import type { BuiltBundle } from '../../../installer/bundle/build-bundle.ts';
import { sbomVerb } from '../../../installer/cli/bundle/sbom.ts';
import type { VerbContext, VerbResult } from '../../../installer/cli/verb.ts';
import { type SmallWorkshop, smallWorkshop } from '../../fixtures/small-bundle.ts';

let workshop: SmallWorkshop;
let built: BuiltBundle;
beforeAll(async () => {
  workshop = await smallWorkshop();
  await workshop.write(
    'data/source.yaml',
    'kind: npm\nsets: [extra]\nlicence: MIT\npackage: zod\nfiles: [{from: package.json, path: /package.json}]\n',
  );
  built = await workshop.build();
});
afterAll(async () => await workshop[Symbol.asyncDispose]());

async function run(args: string[], below?: string, provenance = false): Promise<VerbResult> {
  const { signal } = new AbortController();
  const key = join(workshop.options.keysDirectory, 'builder.pub');
  const options: Readonly<Record<string, unknown>> = {
    bundle: built.file,
    below,
    provenance,
    key: [key],
    site: undefined,
  };
  const context = { args, options, events: silentEvents, signal };
  return (await sbomVerb.run(context as unknown as VerbContext)) ?? {};
}

describe('perimeter bundle sbom', () => {
  it('ls lists what is attached to every artifact', async () => {
    const { text, data } = await run(['ls']);
    expect(text).toMatch(/^tool +0 +1 +Apache-2\.0 +provenance, sbom$/m);
    expect(data).toMatchObject({
      artifacts: [{ name: 'data', packages: 1 }, { name: 'tool' }, { name: 'web' }],
    });
  });

  it('NAME prints the document, as text and as data', async () => {
    const { text, data } = await run(['tool']);
    expect(JSON.parse(text ?? '')).toEqual(data);
    expect(data).toMatchObject({ spdxVersion: 'SPDX-2.3', name: 'tool' });
  });

  it('NAME --provenance prints how it came to be: recipe, inputs, and the artifact by digest', async () => {
    const { data } = await run(['data'], undefined, true);
    const digest = built.artifacts.find((one) => one.name === 'data')?.digest.slice('sha256:'.length);
    expect(data).toMatchObject({
      _type: 'https://in-toto.io/Statement/v1',
      predicateType: 'https://slsa.dev/provenance/v1',
      subject: [{ name: 'platform/data', digest: { sha256: digest } }],
      predicate: {
        buildDefinition: {
          externalParameters: { recipe: { name: 'data', kind: 'npm' } },
          resolvedDependencies: [
            {
              uri: expect.stringMatching(/^pkg:npm\/zod@\d/),
              digest: { sha512: expect.stringMatching(/^[a-f0-9]{128}$/) },
            },
          ],
        },
      },
    });
  });

  it('find names artifact and version, and says so when there is none', async () => {
    const { text, data } = await run(['find', 'zod'], 'v1000.0.0');
    expect(text).toMatch(/^1 artifact contains zod below v1000\.0\.0:/);
    expect(data).toMatchObject({ package: 'zod', found: [{ artifact: 'data', type: 'npm' }] });
    expect((await run(['find', 'zod'], '0.0.1')).text).toBe('No artifact contains zod below 0.0.1.');
  });

  it('find of what nothing contains is an honest no', async () => {
    const { text, data, exitCode } = await run(['find', 'log4j']);
    expect([text, exitCode ?? 0]).toEqual(['No artifact contains log4j.', 0]);
    expect(data).toMatchObject({ package: 'log4j', found: [], meant: null });
    const near = await run(['find', 'zood']);
    expect(near.text).toBe('No artifact contains zood. Some contain zod: did you mean that?');
    expect(near.data).toMatchObject({ found: [], meant: 'zod' });
  });

  it.each([[['find']], [['ls', 'zod']]])('%j is wrong usage', async (args) => {
    await expect(run(args)).rejects.toMatchObject({ code: 'E_USAGE' });
  });

  it('refuses a version that is none, and an artifact that is not there', async () => {
    await expect(run(['find', 'zod'], 'new')).rejects.toMatchObject({ code: 'E_USAGE' });
    await expect(run(['tolo'])).rejects.toMatchObject({
      code: 'E_USAGE',
      message: expect.stringContaining('There is no artifact "tolo"'),
      hint: 'It holds: data, tool, web',
    });
  });
});
