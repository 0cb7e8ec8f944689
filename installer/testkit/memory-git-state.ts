type Settings = Readonly<Record<string, unknown>>;

export interface GitUser {
  readonly login: string;
  readonly password: string;
  readonly isAdmin: boolean;
  readonly settings: Settings;
  readonly tokens: readonly { readonly id: number; readonly name: string; readonly sha1: string }[];
}

export interface GitTeam {
  readonly id: number;
  readonly settings: Settings;
  readonly members: readonly string[];
}

export interface GitRepository {
  readonly settings: Settings;
  /** Path to content, as the tip of `main` has it; undefined before the first commit. */
  readonly files?: Readonly<Record<string, string>>;
  /** The server has written down that there is a `main`: it does so after the commit, and only then knows of it. */
  readonly isMainNoted: boolean;
  readonly rules: Readonly<Record<string, Settings>>;
}

/** Everything that a Git server in memory keeps: plain data, to be copied and compared. Repositories are those of one organisation. */
export interface GitState {
  nextId: number;
  readonly users: Record<string, GitUser>;
  readonly organisations: Record<string, Settings>;
  readonly teams: Record<string, GitTeam>;
  readonly repositories: Record<string, GitRepository>;
  readonly hooks: Record<string, Settings>;
}

export function emptyGit(): GitState {
  return { nextId: 1, users: {}, organisations: {}, teams: {}, repositories: {}, hooks: {} };
}
