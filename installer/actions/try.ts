import { join, resolve } from 'node:path';
import { type Distribution, distributions } from '../base/distributions.ts';
import type { Events } from '../base/events.ts';
import { step } from '../base/events.ts';
import { productDirectory } from '../base/files.ts';
import { buildBundle, defaultSet } from '../bundle/build-bundle.ts';
import type { PhaseResult } from '../engine/apply-phases.ts';
import { describePlan } from '../engine/plan.ts';
import type { EngineSetup } from '../engine/setup.ts';
import { type EgressCount, egressCount, type Lab, labUp } from '../lab/lab.ts';
import { writeSampleSite } from '../site/sample-site.ts';
import { type Acceptance, accept } from './accept.ts';
import { install, planInstall } from './install.ts';
import { withSite } from './open-site.ts';
import { proveClosure } from './prove-closure.ts';

export interface TryOptions {
  /** Name of the lab and of the site. */
  readonly name: string;
  readonly hosts: number;
  /** What they run; default Debian 12. */
  readonly systems: readonly Distribution[] | undefined;
  /** Default: site/<name> in the checkout. */
  readonly siteDirectory?: string | undefined;
  readonly events: Events;
  readonly signal: AbortSignal;
  readonly journalLiesAt: (path: string) => void;
  /** Shown between planning and installing. */
  readonly showPlan: (sentences: string) => Promise<void>;
}

export interface StepTime {
  readonly title: string;
  readonly ms: number;
}

export interface Tried {
  readonly lab: Lab;
  readonly siteDirectory: string;
  readonly bundleFile: string;
  readonly steps: readonly StepTime[];
  readonly phases: readonly PhaseResult[];
  readonly acceptance: Acceptance;
  /** What tried to leave the lab since it was made. */
  readonly egress: EgressCount;
}

/** The main job, whole: bundle, lab, sample site, plan, install, acceptance. Goes on where an interrupted run stopped. */
export async function tryOut(options: TryOptions): Promise<Tried> {
  const { events, signal } = options;
  const steps: StepTime[] = [];
  const timed = async <T>(name: string, title: string, work: () => Promise<T>): Promise<T> => {
    signal.throwIfAborted();
    const startedAt = performance.now();
    const result = await step(events, [name], title, work);
    steps.push({ title, ms: performance.now() - startedAt });
    return result;
  };
  const bundle = await timed('bundle', 'Build the bundle from pinned source', () =>
    buildBundle({
      ...setsFor(options.systems),
      onDrift: 'take',
      events,
      signal,
      prove: (contents) => proveClosure(contents, events),
    }),
  );
  const lab = await timed('lab', 'Boot the lab hosts', () =>
    labUp({ name: options.name, hosts: options.hosts, systems: options.systems, signal }, events),
  );
  const siteDirectory = resolve(options.siteDirectory ?? join(productDirectory('site'), options.name));
  await timed('site', 'Write the sample site', () =>
    writeSampleSite(siteDirectory, { ...lab, bundleKey: bundle.publicKey }),
  );
  const open = {
    siteDirectory,
    bundleFile: bundle.file,
    events,
    signal,
    changes: true,
    journalLiesAt: options.journalLiesAt,
  };
  const worked = await withSite({ ...open, verb: 'try' }, (setup) => workOnSite(setup, options, timed));
  return { lab, siteDirectory, bundleFile: bundle.file, steps, ...worked, egress: await egressCount(lab) };
}

/** Packages of other systems than the usual one are only in the bundle when they are asked for. */
function setsFor(systems: readonly Distribution[] | undefined): { readonly sets?: readonly string[] } {
  const others = systems?.filter((system) => system !== distributions[0]) ?? [];
  return others.length === 0 ? {} : { sets: [defaultSet, ...others.map(({ key }) => key)] };
}

type Timed = <T>(name: string, title: string, work: () => Promise<T>) => Promise<T>;

async function workOnSite(
  setup: EngineSetup,
  options: TryOptions,
  timed: Timed,
): Promise<Pick<Tried, 'phases' | 'acceptance'>> {
  const plan = await timed('plan', 'Plan what has to change', () => planInstall(setup));
  await options.showPlan(describePlan(plan));
  const phases = await timed('install', 'Install', () => install(setup));
  const acceptance = await timed('accept', 'Prove it by acceptance checks', () => accept(setup));
  return { phases, acceptance };
}
