/** What a command on a host gave. Never thrown for a non-zero exit when `okExitCodes` allows it. */
export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** Sent to standard input; the only way to hand a secret to a command. Never recorded. */
  readonly input?: string | Uint8Array | undefined;
  /** Exit codes that are no failure; default [0]. 'any' accepts all. */
  readonly okExitCodes?: readonly number[] | 'any';
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface FileStatus {
  readonly kind: 'file' | 'directory' | 'symlink' | 'other';
  /** Permission bits only, for example 0o644. */
  readonly mode: number;
  readonly owner: string;
  readonly group: string;
  readonly sizeBytes: number;
  /** Where a symbolic link points. */
  readonly target?: string;
  /** Differs as soon as content or attributes were touched, also when they were put back: inode, size and time of change. */
  readonly stamp: string;
}

/**
 * A host that may only be looked at. `query` is for commands that change nothing; that is the caller's promise, and the
 * generic phase tests hold it by comparing the host before and after.
 * All methods raise E_HOST_UNREACHABLE, E_HOST_KEY or E_HOST_LOGIN when the host cannot be talked to.
 */
export interface HostView {
  readonly name: string;
  readonly address: string;
  /** Raises E_HOST_COMMAND for an exit code outside okExitCodes, E_HOST_TIMEOUT past timeoutMs (default 60 s). */
  query(argv: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** The file's content, or undefined when there is no such file. */
  readFile(path: string): Promise<string | undefined>;
  /** Undefined when there is no such path. Symbolic links are not followed. */
  status(path: string): Promise<FileStatus | undefined>;
  /** Lower-case hexadecimal SHA-256 of a file's content, or undefined when there is no such file. */
  sha256(path: string): Promise<string | undefined>;
  /** Names in a folder, sorted; undefined when there is no such folder. */
  list(path: string): Promise<readonly string[] | undefined>;
}

export interface WriteOptions {
  /** Permission bits, default 0o644. */
  readonly mode?: number;
  /** Default root. */
  readonly owner?: string;
  readonly group?: string;
}

/** A long-running command with open pipes, for the agent's NDJSON session. */
export interface HostSession {
  write(text: string): Promise<void>;
  /** Standard output line by line, until the command ends. */
  readonly lines: AsyncIterable<string>;
  /** Resolves when the command has ended; exit code and the last of standard error. */
  readonly ended: Promise<{ readonly exitCode: number; readonly stderr: string }>;
  close(): Promise<void>;
}

/** A host that may be changed. */
export interface HostHands extends HostView {
  run(argv: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** Whole or not at all: written beside, synced, renamed. Parent folders are made (0755). */
  writeFile(path: string, content: string | Uint8Array, options?: WriteOptions): Promise<void>;
  makeDirectory(path: string, options?: WriteOptions): Promise<void>;
  setAttributes(path: string, options: WriteOptions): Promise<void>;
  makeSymlink(path: string, target: string): Promise<void>;
  /** Removes a file or a whole folder; nothing there is no error. */
  remove(path: string): Promise<void>;
  /** Sends a local file, for what is needed before the agent runs. Verified by digest, atomic. */
  upload(localPath: string, remotePath: string, options?: WriteOptions): Promise<void>;
  start(argv: readonly string[], options?: { readonly signal?: AbortSignal }): Promise<HostSession>;
}

/** Hands out one connection per host and closes them all at the end. */
export interface HostPool {
  hands(name: string): HostHands;
  close(): Promise<void>;
}
