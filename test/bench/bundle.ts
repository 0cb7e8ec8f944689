/**
 * `npm run bench:bundle`: what is done to a bundle, each beside what a person would use instead, paired in one run. Needs a bundle
 * in the cache (npm run perimeter -- bundle build) and a quiet machine.
 *   npm run bench:bundle -- --rounds 5 --only verify,import
 */
import process from 'node:process';
import { parseArgs } from 'node:util';
import { silentEvents } from '../../installer/base/events.ts';
import { formatBytes } from '../../installer/base/units.ts';
import { buildBundle } from '../../installer/bundle/build-bundle.ts';
import { trustOfKeys } from '../../installer/bundle/trust.ts';
import { importSection } from './bundle/import.ts';
import type { Section } from './bundle/section.ts';
import { verifySection } from './bundle/verify.ts';

const sections: readonly Section[] = [verifySection, importSection];
const names = sections.map(({ name }) => name);
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, only: { type: 'string', default: names.join(',') } },
});
const chosen = values.only.split(',').map((name) => {
  const section = sections.find((one) => one.name === name);
  if (section === undefined) throw new Error(`no section ${name}; there are ${names.join(', ')}`);
  return section;
});
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
const say = (text: string): void => void process.stdout.write(`${text}\n`);

const { file, sizeBytes, publicKey } = await buildBundle({
  onDrift: 'take',
  events: silentEvents,
  signal: stop.signal,
});
say(`${file}, ${formatBytes(sizeBytes)}, ${values.rounds} rounds`);
const trust = trustOfKeys([{ name: 'builder', publicKey }], 'this bench');
for (const section of chosen) {
  say(section.title);
  const lines = await section.run({
    file,
    sizeBytes,
    trust,
    rounds: Number(values.rounds),
    signal: stop.signal,
  });
  for (const line of lines) say(`  ${line}`);
}
