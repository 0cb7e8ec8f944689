import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { waitFor } from '../../../installer/base/condition.ts';
import { productDirectory } from '../../../installer/base/files.ts';
import { registryPrograms } from '../oci/real-registries.ts';
import { type MirrorPlace, type MirrorVisit, mirrorPlace } from './mirror-place.ts';

/** How much of a blob has come before the process is killed. */
const cameBytes = 1_500_000;
/** Builds the artifact of a workshop in a process of its own, which can be killed. */
const building = `
import { buildAll } from ${JSON.stringify(productDirectory('installer', 'bundle', 'build-bundle.ts'))};
await buildAll({ ...JSON.parse(process.argv[1]), names: ['tool'] });
`;

describe.each(await registryPrograms())(
  'a mirror of $name, killed in the middle of a blob,',
  ({ program }) => {
    let place: MirrorPlace;
    let visit: MirrorVisit;
    beforeAll(async () => {
      place = await mirrorPlace(program);
    });
    afterAll(async () => await place.remove());
    beforeEach(async () => {
      visit = await place.visit();
      await killedInTheMiddle();
    });
    afterEach(async () => await visit.end());

    const blobs = (): string => join(visit.workshop.options.cacheRoot, 'blobs', 'sha256');
    const partials = async (): Promise<string[]> =>
      (await readdir(blobs()).catch(() => [])).filter((name) => name.endsWith('.partial'));
    const partialFile = async (): Promise<string> => join(blobs(), (await partials())[0] ?? 'none');
    const ranges = (): number[] =>
      visit.line.log.flatMap((entry) => /bytes=(\d+)-/.exec(entry)?.[1] ?? []).map(Number);
    const build = async (): Promise<string | undefined> =>
      (await visit.workshop.build({ names: ['tool'] })).artifacts[0]?.digest;

    async function killedInTheMiddle(): Promise<void> {
      visit.line.silentAfter = cameBytes;
      const child = spawn(
        process.execPath,
        ['--input-type=module', '--eval', building, JSON.stringify(visit.workshop.options)],
        { stdio: ['ignore', 'ignore', 'inherit'] },
      );
      const ended = once(child, 'exit');
      await waitFor({
        description: 'half of a blob is in the cache',
        timeoutMs: 60_000,
        intervalMs: 20,
        probe: async () => {
          const found = await stat(await partialFile()).catch(() => undefined);
          return (found?.size ?? 0) >= cameBytes ? true : undefined;
        },
      });
      child.kill('SIGKILL');
      await ended;
      visit.line.silentAfter = undefined;
      visit.line.log.length = 0;
    }

    it('goes on there in the next run, and is whole', async () => {
      const { size } = await stat(await partialFile());
      expect(await build()).toBe(place.images.amd64);
      expect(ranges()).toEqual([size]);
      expect(await partials()).toEqual([]);
    });

    it('begins anew when what is left of it is not what it should be', async () => {
      const file = await open(await partialFile(), 'r+');
      await file.write(Buffer.alloc(4096), 0, 4096, 1000);
      await file.close();
      expect(await build()).toBe(place.images.amd64);
      expect(await partials()).toEqual([]);
    });

    it('begins anew when more is left of it than there ever was', async () => {
      await appendFile(await partialFile(), Buffer.alloc(8_000_000));
      expect(await build()).toBe(place.images.amd64);
      expect(ranges()).toEqual([]);
    });

    it('keeps what came when the registry cannot be reached, or does not know the person', async () => {
      const { size } = await stat(await partialFile());
      visit.line.overloaded = 1000;
      await expect(build()).rejects.toMatchObject({ code: 'E_REGISTRY' });
      expect((await stat(await partialFile())).size).toBe(size);
      visit.line.overloaded = 0;
      expect(await build()).toBe(place.images.amd64);
      expect(ranges()).toEqual([size]);
    });

    it('keeps nothing of what a lying registry gave', async () => {
      visit.line.flips = true;
      await expect(build()).rejects.toMatchObject({ code: 'E_REGISTRY', retryable: false });
      expect(await partials()).toEqual([]);
      visit.line.flips = false;
      expect(await build()).toBe(place.images.amd64);
    });
  },
);
