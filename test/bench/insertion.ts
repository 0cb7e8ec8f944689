/**
 * `npm run bench:insertion`: images that lie in a node's seed store brought into a real containerd, in both our ways, against `ctr
 * images import` of an archive of the same images; into an empty containerd, and again when it has everything. Then how much comes
 * twice when a stream is cut. Needs root, disk of four times the size, and a quiet machine.
 *   npm run bench:insertion -- --repeat 5 --megabytes 1100 --root /var/tmp
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { cacheDirectory, writeFileAtomic } from '../../installer/base/files.ts';
import { unpackAgent } from '../support/agent-under-test.ts';
import { containerdPrograms, RealContainerd } from '../support/real-containerd.ts';
import { type Arm, ctrImport, type Insertion, ours, peakRssBytes } from './insertion/arms.ts';
import { type InsertedImages, makeImages } from './insertion/images.ts';
import { resentBytes } from './insertion/resume.ts';
import { limits, type Run, report } from './insertion/summary.ts';

const { values } = parseArgs({
  options: {
    repeat: { type: 'string', default: '5' },
    megabytes: { type: 'string', default: '1100' },
    root: { type: 'string', default: tmpdir() },
  },
});
const repeat = Number(values.repeat);
const say = (text: string): void => void process.stdout.write(`${text}\n`);

const folder = await mkdtemp(join(values.root, 'bench-insertion-'));
try {
  const inserted = await makeImages(folder, Number(values.megabytes) * 1e6);
  const agent = await unpackAgent(folder);
  const { containerd, ctr } = await containerdPrograms();
  const arms = [ours('adopted', agent), ours('streamed', agent), ctrImport(ctr)];
  const [version, disk] = await Promise.all([
    execa(containerd, ['--version']),
    execa('findmnt', ['--noheadings', '--output', 'FSTYPE,SOURCE', '--target', folder]),
  ]);
  say(`${version.stdout.trim()}; ${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)}`);
  say(`${inserted.images.length} images, 5 layers of noise, ${values.megabytes} MB, in ${folder}`);
  const runs = new Map<Arm, Run[]>(arms.map((arm) => [arm, []]));
  for (let round = 0; round < repeat; round += 1) {
    // Whoever begins finds another disk: they take turns.
    for (const index of arms.keys()) {
      const arm = arms[(index + round) % arms.length] as Arm;
      runs.get(arm)?.push(await benchArm(arm, inserted, join(folder, arm.name)));
    }
    const told = arms.map((arm) => {
      const run = runs.get(arm)?.at(-1);
      return `${arm.name} ${run?.cold.ms.toFixed(0)} ms, again ${run?.warm.ms.toFixed(0)} ms`;
    });
    say(`  ${round + 1}/${repeat}: ${told.join('; ')}`);
  }
  const resent = await resentBytes(repeat);
  say(`\n${report([...runs.values()], resent)}\n${limits(disk.stdout.trim().replaceAll(/\s+/g, ' '))}`);
  const file = cacheDirectory('bench', `insertion-${new Date().toISOString().replaceAll(/[:.]/g, '-')}.json`);
  const named = Object.fromEntries([...runs].map(([{ name }, made]) => [name, made]));
  await writeFileAtomic(file, JSON.stringify({ options: values, runs: named, resent }, undefined, 1));
  say(file);
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** A containerd on an empty root: the images once, and once more. */
async function benchArm(arm: Arm, inserted: InsertedImages, directory: string): Promise<Run> {
  await arm.prepare(directory, inserted);
  const containerd = await RealContainerd.start(directory);
  try {
    const once = async (): Promise<Insertion> => {
      // What was written before is not to be paid by what comes next.
      await execa('sync');
      const insertion = await arm.insert(directory, inserted, containerd);
      const complete = await containerd.completeImages();
      if (!inserted.images.every(({ references }) => complete.includes(references.at(-1) ?? '')))
        throw new Error(`${arm.name}: only ${complete.join(', ')} are complete`);
      return insertion;
    };
    const cold = await once();
    const warm = await once();
    return { cold, warm, containerdRssBytes: await peakRssBytes(containerd.pid) };
  } finally {
    await containerd.down('SIGKILL');
    await rm(directory, { recursive: true, force: true });
  }
}
