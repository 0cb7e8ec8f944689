import { open, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Events, ProgressEvent } from '../../../../installer/base/events.ts';
import type { BuiltBundle } from '../../../../installer/bundle/build-bundle.ts';
import { largeWorkshop } from '../../../fixtures/large-workshop.ts';
import type { SmallWorkshop } from '../../../fixtures/small-bundle.ts';
import { importSite } from '../../../support/import-site.ts';

let workshop: SmallWorkshop;
let built: BuiltBundle;
beforeAll(async () => {
  workshop = await largeWorkshop();
  built = await workshop.build();
}, 120_000);
afterAll(async () => await workshop[Symbol.asyncDispose]());

/** Keeps how far each kind of work was last told to be. */
function kept(): { readonly events: Events; readonly last: Map<string, ProgressEvent> } {
  const last = new Map<string, ProgressEvent>();
  const events: Events = {
    emit: (event) => void (event.kind === 'progress' && last.set(event.scope.join(' '), event)),
  };
  return { events, last };
}

async function damage(path: string, at: number): Promise<void> {
  await using file = await open(path, 'r+');
  await file.write(Buffer.from('damage'), 0, 6, at);
}

describe('what is damaged on a medium that is copied', () => {
  it('is told by artifact, and by the chunk within a large blob', async () => {
    const { bring } = await importSite(workshop);
    const file = join(workshop.folder, 'damaged.tar');
    await writeFile(file, await readFile(built.file));
    await damage(file, 6_000_000);
    const refusal = (await bring(file).catch((error: unknown) => error)) as {
      code: string;
      findings: string[];
      hint: string;
    };
    expect(refusal.code).toBe('E_BUNDLE_DAMAGED');
    expect(refusal.findings).toEqual([
      expect.stringMatching(/^big: blob sha256:\S+ \(bytes \d+ to \d+\) is damaged at bytes \d+ to \d+: /),
    ]);
    expect(refusal.hint).toMatch(/^Carry damaged\.tar in again, .*\nThen run the same command/);
  });

  it('is looked for in the parts with their progress told, and named with what to carry', async () => {
    const { bring } = await importSite(workshop);
    const to = join(workshop.folder, 'parts');
    const { parts } = await workshop.export(built.file, to, { partBytes: 4 << 20 });
    await damage(join(to, parts[1]?.name ?? ''), 100);
    const { events, last } = kept();
    await expect(bring(to, { events })).rejects.toMatchObject({
      code: 'E_BUNDLE_DAMAGED',
      hint: expect.stringContaining(`Carry again: ${parts[1]?.name}\nThen`),
    });
    expect(last.get('bundle look closer')).toMatchObject({
      done: built.sizeBytes,
      total: built.sizeBytes,
      unit: 'bytes',
    });
  });
});

it('how far the store is read through is told, when all of it is', async () => {
  const { bring, store } = await importSite(workshop);
  await bring(built.file);
  const { events, last } = kept();
  expect(await bring(built.file, { again: true, events })).toMatchObject({ wasThere: true });
  const told = last.get('bundle store');
  expect(told?.done).toBe(told?.total);
  expect(told?.total).toBeGreaterThan(11_000_000);
  expect(await readdir(join(store, 'blobs', 'sha256'))).not.toEqual([]);
});
