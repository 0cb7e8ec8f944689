import type { CredentialStore, CredentialView } from '../../site/credentials.ts';
import type { GitApi, GitIdentity } from './git-api.ts';

/** The Git server as any identity. */
export type GitAs = (identity: GitIdentity) => GitApi;

/** One thing that must be on the Git server: how to see that it is there, and how to make it. Both are safe to do again. */
export interface GitItem {
  readonly id: string;
  /** What making it does, for the plan. */
  readonly sentence: string;
  isThere(api: GitApi, as: GitAs, credentials: CredentialView): Promise<boolean>;
  make(api: GitApi, as: GitAs, credentials: CredentialStore): Promise<void>;
}
