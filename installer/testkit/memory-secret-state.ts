type Settings = Readonly<Record<string, unknown>>;

/** Everything that a secret manager in memory keeps: plain data, to be copied and compared. */
export interface SecretState {
  /** The shares of its key; none before it was initialised. */
  shares: readonly string[];
  threshold: number;
  sealed: boolean;
  /** How often its health is still to be asked until it has taken up its work after opening. */
  waking: number;
  /** Shares that were submitted since it was sealed. */
  readonly submitted: string[];
  /** Token to the names of its policies. */
  readonly tokens: Record<string, readonly string[]>;
  readonly audit: Record<string, Settings>;
  readonly mounts: Record<string, Settings>;
  readonly logins: Record<string, Settings>;
  readonly configurations: Record<string, Settings>;
  /** Name to JSON text. */
  readonly policies: Record<string, string>;
  readonly roles: Record<string, Settings>;
  /** `mount/name` to values. */
  readonly kept: Record<string, Readonly<Record<string, string>>>;
}

export function emptySecrets(): SecretState {
  return {
    shares: [],
    threshold: 0,
    sealed: true,
    waking: 0,
    submitted: [],
    tokens: {},
    audit: {},
    mounts: {},
    logins: {},
    configurations: {},
    policies: {},
    roles: {},
    kept: {},
  };
}

/** Enough different shares open it. */
export function submitShare(state: SecretState, key: string): void {
  if (!state.sealed || !state.shares.includes(key)) return;
  if (!state.submitted.includes(key)) state.submitted.push(key);
  if (state.submitted.length < state.threshold) return;
  state.submitted.length = 0;
  state.sealed = false;
  state.waking = 1;
}
