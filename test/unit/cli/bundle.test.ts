import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentEvents } from '../../../installer/base/events.ts';
import type { BuiltBundle } from '../../../installer/bundle/build-bundle.ts';
import { bundleVerbs } from '../../../installer/cli/bundle.ts';
import type { VerbContext, VerbResult } from '../../../installer/cli/verb.ts';
import { type SmallWorkshop, smallWorkshop } from '../../fixtures/small-bundle.ts';

let workshop: SmallWorkshop;
let built: BuiltBundle;
beforeAll(async () => {
  workshop = await smallWorkshop();
  built = await workshop.build();
});
afterAll(async () => await workshop[Symbol.asyncDispose]());

async function run(word: string, ...args: string[]): Promise<VerbResult> {
  return await runWith({}, word, ...args);
}

async function runWith(more: object, word: string, ...args: string[]): Promise<VerbResult> {
  const { signal } = new AbortController();
  const options = { ...more, key: [join(workshop.options.keysDirectory, 'builder.pub')] };
  const context: Partial<VerbContext> = { args, options: options as never, events: silentEvents, signal };
  const verb = await bundleVerbs.verbs[word]?.();
  return (await verb?.run(context as VerbContext)) ?? {};
}

describe('perimeter bundle', () => {
  it('verify says that a bundle is whole, and by which digest', async () => {
    const { text, data } = await run('verify', built.file);
    expect(text).toContain(`${built.file} is whole: 3 artifacts`);
    expect(data).toMatchObject({ digest: built.digest, sizeBytes: built.sizeBytes });
  });

  it('verify --deep also unpacks what is in it', async () => {
    const { text, data } = await runWith({ deep: true }, 'verify', built.file);
    expect(text).toMatch(/^3 layers with \d+ files, folders and links can be unpacked safely$/m);
    expect(data).toMatchObject({ deep: { layers: 3 } });
  });

  it('ls lists every artifact with kind, version, size, licence and sets', async () => {
    const { text, data } = await run('ls', built.file);
    expect(text?.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['ARTIFACT', 'KIND', 'VERSION', 'SIZE', 'LICENCE', 'SETS'],
      ['data', 'files', 'v1.2.3', expect.stringMatching(/kB$/), 'Apache-2.0', 'extra'],
      ['tool', 'files', 'v1.2.3', expect.stringMatching(/kB$/), 'Apache-2.0', 'core'],
      ['web', 'image', 'v1.2.3', expect.stringMatching(/kB$/), 'Apache-2.0', 'extra'],
    ]);
    expect(data).toMatchObject({ artifacts: [{ name: 'data' }, { name: 'tool' }, { name: 'web' }] });
  });

  it('inspect tells about the bundle, or about one artifact and its parts', async () => {
    expect((await run('inspect', built.file)).text).toMatch(/^file .*\ndigest .*\n/);
    const { text, data } = await run('inspect', built.file, 'web');
    expect(text).toContain('vnd.oci.image.config.v1+json');
    expect(data).toMatchObject({ artifact: { name: 'web' }, manifest: { schemaVersion: 2 } });
  });

  it('inspect takes a slip of the keyboard for one, not for a damaged bundle', async () => {
    await expect(run('inspect', built.file, 'wbe')).rejects.toMatchObject({
      code: 'E_USAGE',
      message: expect.stringContaining('did you mean "web"?'),
    });
  });

  it('verify fails for a file that is none', async () => {
    const file = join(workshop.folder, 'none.tar');
    await writeFile(file, 'x'.repeat(2000));
    await expect(run('verify', file)).rejects.toMatchObject({ code: 'E_BUNDLE_DAMAGED' });
  });

  it('without a file wants a bundle in the cache', async () => {
    await expect(run('ls')).rejects.toMatchObject({
      code: 'E_BUNDLE_MISSING',
      hint: expect.stringContaining('bundle build'),
    });
  });
});
