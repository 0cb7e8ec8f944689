/**
 * `npm test`: everything that can be proved without lab hosts. `npm test -- types lint` runs only those steps; the words are the
 * steps' names, `unit` and `contract` for the test runner's projects.
 */
import process from 'node:process';
import { didYouMean } from '../installer/base/suggest.ts';
import { formatDuration } from '../installer/base/units.ts';
import { runVitest } from './frame/run-vitest.ts';
import { staticSteps } from './frame/static-steps.ts';
import { prepareTestPrograms } from './frame/test-programs.ts';

const projects = ['unit', 'contract'];
const known = [...staticSteps.map((step) => step.name), ...projects];
const asked = process.argv.slice(2);
const failures: string[] = asked
  .filter((name) => !known.includes(name))
  .map((name) => `there is no step "${name}"${didYouMean(name, known) || `; known: ${known.join(', ')}`}`);
const isWanted = (name: string): boolean => asked.length === 0 || asked.includes(name);

for (const step of staticSteps.filter(({ name }) => isWanted(name))) {
  const startedAt = performance.now();
  const { ok, examined, output } = await step.run();
  const good = ok && examined > 0;
  const time = formatDuration(performance.now() - startedAt);
  process.stdout.write(`${good ? 'ok    ' : 'FAILED'}  ${step.name}: ${examined} files, ${time}\n`);
  if (good) continue;
  process.stdout.write(`${examined === 0 ? 'no file was looked at\n' : ''}${output}\n`);
  failures.push(`${step.name} failed`);
}

const wantedProjects = projects.filter(isWanted);
const unmet = wantedProjects.includes('contract') ? await prepareTestPrograms() : undefined;
if (unmet !== undefined) failures.push(unmet);
const isUnderstood = asked.every((name) => known.includes(name));
if (isUnderstood && wantedProjects.length > 0 && (await runVitest(wantedProjects, 'test')) !== 0) {
  failures.push('tests failed');
}
if (failures.length > 0) process.stdout.write(`\nFAILED: ${failures.join('; ')}\n`);
process.exitCode = failures.length === 0 ? 0 : 1;
