import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PerimeterError } from '../base/errors.ts';
import type { CommandOptions, CommandResult, HostHands, HostSession, WriteOptions } from '../hosts/host.ts';
import { commandFailed, fileFailed } from '../hosts/host-errors.ts';
import { ChangeLine, type CutKind } from './change-line.ts';
import { type AgentOperations, memoryAgent } from './memory-agent.ts';
import { type MemoryCommand, notFound } from './memory-command.ts';
import { baseCommands } from './memory-commands.ts';
import { MemoryFiles } from './memory-files.ts';
import { MemoryMachine } from './memory-machine.ts';

export interface MemoryHostOptions {
  readonly name?: string;
  readonly address?: string;
  /** More programs, or other behaviour of known ones. */
  readonly commands?: Readonly<Record<string, MemoryCommand>>;
  /** What the agent on it can do; default: it has no agent. */
  readonly agent?: AgentOperations;
  /** Shared with the rest of a world that is cut off as a whole. */
  readonly line?: ChangeLine;
}

/**
 * A host that lives in memory: files with attributes, packages, units, kernel settings and modules, enough to run every playbook
 * module against it. Records what was changed, and can be told to be cut off in the middle.
 */
export class MemoryHost implements HostHands {
  readonly name: string;
  readonly address: string;
  readonly machine = new MemoryMachine();
  /** Every changing operation, in order, as a person would write it. */
  readonly changes: string[] = [];
  /** Every command that only looked. */
  readonly queries: string[] = [];
  readonly #commands: Readonly<Record<string, MemoryCommand>>;
  readonly #agent: AgentOperations | undefined;
  readonly #line: ChangeLine;

  constructor(options: MemoryHostOptions = {}) {
    this.name = options.name ?? 'n1';
    this.address = options.address ?? '10.0.0.1';
    this.#commands = { ...baseCommands, ...options.commands };
    this.#agent = options.agent;
    this.#line = options.line ?? new ChangeLine();
    // No two machines are the same one.
    const id = createHash('sha256').update(`${this.name} ${this.address}`).digest('hex');
    const mac = `02:${id.slice(0, 10).replace(/..(?=.)/g, '$&:')}`;
    this.machine.facts = { ...this.machine.facts, hostname: this.name, bootId: id.slice(0, 32) };
    this.machine.survey = {
      ...this.machine.survey,
      machineId: id.slice(32),
      address: ['lo 127.0.0.1/8', `eno1 ${this.address}/24`],
      nic: `eno1 ${mac} 1500 up 1 10000 full 0 0 1000 physical virtio_net`,
    };
  }

  get files(): MemoryFiles {
    return this.machine.files;
  }

  /** The connection breaks at the change after `count` more: it and all later ones are refused, or its answer alone is lost. */
  interruptAfter(count: number, kind: CutKind = 'killed'): void {
    this.#line.cutAfter(count, kind);
  }

  /** No more interruptions. */
  reconnect(): void {
    this.#line.mend();
  }

  async query(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    this.queries.push(argv.join(' '));
    const [before, changes] = [this.machine.fingerprint(), this.changes.length];
    const result = await this.#execute(argv, options);
    // Somebody else may have changed the host meanwhile, and has then told so.
    const isSame = this.machine.fingerprint() === before || this.changes.length !== changes;
    if (!isSame) throw new Error(`a query changed the host: ${argv.join(' ')}`);
    return result;
  }

  async run(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return await this.#change(argv.join(' '), () => this.#execute(argv, options));
  }

  async readFile(path: string): Promise<string | undefined> {
    return this.#content(path)?.toString('utf8');
  }

  async status(path: string) {
    return this.files.status(path);
  }

  async sha256(path: string): Promise<string | undefined> {
    const content = this.#content(path);
    return content === undefined ? undefined : createHash('sha256').update(content).digest('hex');
  }

  async list(path: string): Promise<readonly string[] | undefined> {
    const kind = this.files.resolve(path)?.kind;
    if (kind === undefined) return undefined;
    if (kind !== 'directory') throw fileFailed(this, path, 'it is not a directory');
    return this.files.names(path);
  }

  async writeFile(path: string, content: string | Uint8Array, options: WriteOptions = {}): Promise<void> {
    const attributes = { mode: 0o644, owner: 'root', group: 'root', ...options };
    await this.#change(`write ${path}`, () =>
      this.files.write(path, Buffer.from(content as string), attributes),
    );
  }

  async makeDirectory(path: string, options: WriteOptions = {}): Promise<void> {
    await this.#change(`mkdir ${path}`, () => {
      this.files.directory(path);
      this.files.attributes(path, options);
    });
  }

  async setAttributes(path: string, options: WriteOptions): Promise<void> {
    await this.#change(`attributes ${path}`, () => {
      if (this.files.resolve(path) === undefined) throw fileFailed(this, path, 'there is no such file');
      this.files.attributes(path, options);
    });
  }

  async makeSymlink(path: string, target: string): Promise<void> {
    await this.#change(`symlink ${path}`, () => {
      this.files.directory(dirname(path));
      this.files.link(path, target);
    });
  }

  async remove(path: string): Promise<void> {
    await this.#change(`remove ${path}`, () => this.files.remove(path));
  }

  async upload(localPath: string, remotePath: string, options: WriteOptions = {}): Promise<void> {
    await this.writeFile(remotePath, await readFile(localPath), options);
  }

  async start(
    _argv: readonly string[] = [],
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<HostSession> {
    signal?.throwIfAborted();
    if (this.#agent === undefined) throw new Error('this host in memory has no agent');
    return memoryAgent(this.#agent, this.machine);
  }

  async #change<T>(what: string, effect: () => T | Promise<T>): Promise<T> {
    return await this.#line.remote(
      what,
      (words) => this.#cutOff(words),
      () => {
        this.changes.push(what);
        return effect();
      },
    );
  }

  #cutOff(words: string): PerimeterError {
    return new PerimeterError('E_HOST_UNREACHABLE', {
      message: `${this.name}: ${words}`,
      hint: 'This host was told to be cut off here.',
      retryable: true,
    });
  }

  #content(path: string): Buffer | undefined {
    const entry = this.files.resolve(path);
    if (entry?.kind === 'directory') throw fileFailed(this, path, 'it is a directory');
    return entry?.content;
  }

  async #execute(argv: readonly string[], options: CommandOptions): Promise<CommandResult> {
    options.signal?.throwIfAborted();
    const [program = '', , , scriptName] = argv;
    // Scripts of ours are known by their name; their text is for real hosts.
    const isScript = program === 'sh' && argv[1] === '-c' && scriptName !== undefined;
    const command = this.#commands[isScript ? scriptName : program] ?? notFound;
    const input = options.input === undefined ? '' : Buffer.from(options.input as string).toString('utf8');
    const result = {
      exitCode: 0,
      stdout: '',
      stderr: '',
      ...(await command(this.machine, isScript ? argv.slice(3) : argv, input)),
    };
    const allowed = options.okExitCodes ?? [0];
    if (allowed !== 'any' && !allowed.includes(result.exitCode)) throw commandFailed(this, argv, result);
    return result;
  }
}
