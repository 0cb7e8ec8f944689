import type { JsonValue } from '../base/json.ts';
import type { OpenBundle } from '../bundle/bundle.ts';
import type { PlanDocument } from '../engine/plan.ts';
import type { HostHands } from '../hosts/host.ts';
import type { KubeHands } from '../kube/kube.ts';
import type { CredentialView } from '../site/credentials.ts';
import type { Site } from '../site/site.ts';
import type { GitPerson } from './git-people.ts';

/** Only `pass` counts. `error` means that the check itself broke, and fails the run like `fail`. */
export type CheckStatus = 'pass' | 'fail' | 'error' | 'skip';

/** One thing that was seen, against what had to be seen. */
export interface Observation {
  readonly what: string;
  readonly wanted: string;
  readonly found: string;
  readonly ok: boolean;
}

/** A point on the check's timeline: milliseconds since the check began, on the runner's monotonic clock. */
export interface TimeMark {
  readonly name: string;
  readonly atMs: number;
  readonly note?: string;
}

/** What a check works with. It observes the site from outside and takes no controller's word for it. */
export interface CheckContext {
  readonly site: Site;
  readonly bundle: OpenBundle;
  readonly kube: KubeHands;
  readonly credentials: CredentialView;
  readonly signal: AbortSignal;
  host(name: string): HostHands;
  /** The Git server as a person or bot of the site sees it. */
  git(login: string): GitPerson;
  /** What `perimeter status` finds now. */
  status(): Promise<PlanDocument>;
  /** Writes a new value of the sample application's secret into the secret manager. */
  rotateSecret(environment: string, key: string, value: string): Promise<void>;
  /** Records one observation; the check passes when it made at least one and all are ok. Returns `ok`. */
  observe(observation: Observation): boolean;
  mark(name: string, note?: string): number;
  /** Keeps a piece of evidence: written to its own file, listed with its SHA-256. Secrets are redacted. */
  evidence(name: string, content: JsonValue | string): void;
  /** Registers how to put back what is about to be changed. Run in reverse order, whatever happens. */
  restore(title: string, undo: () => Promise<void>): void;
}

/** A control that is switched off on purpose, to see the check fail. Returns how to switch it on again. */
export interface Mutation {
  readonly title: string;
  apply(context: CheckContext): Promise<() => Promise<void>>;
}

/** One item of the acceptance checklist: one file in checks/<group>/<id>.ts. */
export interface AcceptanceCheck {
  /** Id of the checklist, for example `RBK-01`. */
  readonly id: string;
  readonly title: string;
  readonly requirement: string;
  readonly method: 'api' | 'static' | 'behavioural' | 'fault';
  readonly passCriterion: string;
  readonly severity: 'critical' | 'major' | 'minor';
  /** Hard limit of the whole check; past it the check is an error and its restore steps run. */
  readonly timeoutMs: number;
  run(context: CheckContext): Promise<void>;
  readonly mutation: Mutation;
}

export interface EvidenceFile {
  readonly name: string;
  readonly content: string;
}

export interface CheckResult {
  readonly id: string;
  readonly title: string;
  readonly requirement: string;
  readonly method: string;
  readonly passCriterion: string;
  readonly severity: string;
  readonly status: CheckStatus;
  readonly startedAt: string;
  readonly ms: number;
  readonly observations: readonly Observation[];
  readonly timeline: readonly TimeMark[];
  readonly evidence: readonly EvidenceFile[];
  /** Why it is an error: the check's own failure, or a restore step that did not work. */
  readonly error?: string;
}
