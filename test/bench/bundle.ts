/**
 * `npm run bench:bundle`: what is done to a bundle, each beside what a person would use instead, paired in one run. Wants a quiet
 * machine with skopeo and docker-registry.
 *   npm run bench:bundle -- --repeat 5 --only verify,import
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { assemble } from './bundle/assemble.ts';
import { build } from './bundle/build.ts';
import { importing } from './bundle/import.ts';
import { push } from './bundle/push.ts';
import type { Comparison, Section } from './bundle/section.ts';
import { ratiosOf, ratioTable } from './bundle/summary.ts';
import { verify } from './bundle/verify.ts';

const sections: Readonly<Record<string, Section>> = { build, assemble, verify, import: importing, push };
const { values } = parseArgs({
  options: {
    repeat: { type: 'string', default: '5' },
    only: { type: 'string', default: Object.keys(sections).join(',') },
  },
});
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const found: Comparison[] = [];
for (const name of values.only.split(',')) {
  const section = sections[name];
  if (section === undefined)
    throw new Error(`no section ${name}; there are ${Object.keys(sections).join(', ')}`);
  const folder = await mkdtemp(join(tmpdir(), 'bench-bundle-'));
  try {
    say(name);
    found.push(...(await section({ folder, repeat: Number(values.repeat), say })));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
say(
  '\nMedian (least..most). RATIO: our time over the other, run by run; below 1 is faster. BAR: the most that its median should be.',
);
say(ratioTable(found.flatMap(ratiosOf)));
