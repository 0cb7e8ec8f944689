import { join } from 'node:path';
import type { AcceptanceCheck } from '../acceptance/check.ts';
import { checklist } from '../acceptance/checklist.ts';
import type { CheckSurroundings } from '../acceptance/run-check.ts';
import { runSuite, type SuiteResult } from '../acceptance/run-suite.ts';
import { type MutationOutcome, selfTest } from '../acceptance/self-test.ts';
import { type ReportFiles, writeReport } from '../acceptance/write-report.ts';
import { PerimeterError } from '../base/errors.ts';
import { didYouMean } from '../base/suggest.ts';
import type { EngineSetup } from '../engine/setup.ts';
import { gitPerson } from '../parts/git/git-person.ts';
import { writeApplicationSecret } from '../parts/secrets/application-secret.ts';
import { planInstall } from './install.ts';

export interface Acceptance {
  readonly suite: SuiteResult;
  readonly report: ReportFiles;
}

/** Runs the checklist, or the named items of it, and writes the report into the site folder. */
export async function accept(setup: EngineSetup, ids: readonly string[] = []): Promise<Acceptance> {
  const suite = await runSuite(chooseChecks(ids), surroundingsOf(setup), setup.events);
  const time = suite.startedAt.replaceAll(/[-:]/g, '').slice(0, 15);
  const directory = join(setup.site.directory, 'reports', `acceptance-${setup.site.name}-${time}`);
  return { suite, report: await writeReport(suite, directory) };
}

/** Switches every control off in turn and expects its check to fail. */
export async function acceptSelfTest(
  setup: EngineSetup,
  ids: readonly string[] = [],
): Promise<readonly MutationOutcome[]> {
  return selfTest(chooseChecks(ids), surroundingsOf(setup), setup.events);
}

function chooseChecks(ids: readonly string[]): readonly AcceptanceCheck[] {
  if (ids.length === 0) return checklist;
  const known = checklist.map((check) => check.id);
  const unknown = ids.filter((id) => !known.includes(id));
  if (unknown.length > 0) {
    throw new PerimeterError('E_USAGE', {
      message: `The checklist has no ${unknown.join(', ')}${didYouMean(unknown[0] ?? '', known) || '.'}`,
      hint: `The checks are ${known.join(', ')}.`,
    });
  }
  return checklist.filter((check) => ids.includes(check.id));
}

function surroundingsOf(setup: EngineSetup): CheckSurroundings {
  return {
    site: setup.site,
    bundle: setup.bundle,
    // Edits by hand must look like a person's: what the installer owns is taken over by the controller in other ways.
    kube: setup.kube.writesAs('acceptance-checks'),
    credentials: setup.credentials,
    signal: setup.signal,
    host: (name) => setup.hosts.hands(name),
    git: (login) => gitPerson(setup.site, setup.credentials, login),
    status: () => planInstall({ ...setup, events: { emit: () => {} } }),
    rotateSecret: (environment, key, value) => writeApplicationSecret(setup, environment, key, value),
  };
}
