import type { Events } from '../base/events.ts';
import type { OpenBundle } from '../bundle/bundle.ts';
import type { HostPool } from '../hosts/host.ts';
import type { OpenKube } from '../kube/kube-client.ts';
import type { CredentialStore } from '../site/credentials.ts';
import type { Site } from '../site/site.ts';
import type { Journal } from './journal.ts';
import type { Hands, Look, Teller } from './phase.ts';
import type { PlanDocument } from './plan.ts';

/** The real things a run works with, opened by whoever starts the run and closed by them. */
export interface EngineSetup {
  readonly site: Site;
  readonly bundle: OpenBundle;
  readonly hosts: HostPool;
  readonly kube: OpenKube;
  readonly credentials: CredentialStore;
  readonly events: Events;
  readonly journal: Journal;
  readonly signal: AbortSignal;
  /** Nothing is done that this plan does not hold. Absent: whatever has to be done. */
  readonly approved?: PlanDocument;
}

/** What `inspect` gets. The types leave only the reading methods visible. */
export function lookOf(setup: EngineSetup): Look {
  return {
    site: setup.site,
    bundle: setup.bundle,
    signal: setup.signal,
    kube: setup.kube,
    credentials: setup.credentials,
    host: (name) => setup.hosts.hands(name),
  };
}

/** What `apply` gets; notes and progress carry the phase and target they belong to. */
export function handsOf(setup: EngineSetup, scope: readonly string[]): Hands {
  return {
    site: setup.site,
    bundle: setup.bundle,
    signal: setup.signal,
    kube: setup.kube,
    credentials: setup.credentials,
    host: (name) => setup.hosts.hands(name),
    ...tellerOf(setup, scope),
    part: (name) => tellerOf(setup, [...scope, name]),
  };
}

function tellerOf({ events }: EngineSetup, scope: readonly string[]): Teller {
  return {
    note: (text) => events.emit({ kind: 'note', scope, text }),
    progress: (done, total, unit, text) =>
      events.emit({ kind: 'progress', scope, done, total, unit, ...(text === undefined ? {} : { text }) }),
  };
}
