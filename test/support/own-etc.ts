import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandResult, HostHands } from '../../installer/hosts/host.ts';
import { commandHands } from '../../installer/hosts/transport/command-hands.ts';
import type { CommandRunner, RunRequest } from '../../installer/hosts/transport/command-runner.ts';
import { localHost } from '../../installer/hosts/transport/local.ts';

const views = ['/etc', '/srv', '/home'] as const;
const enter = `
for view in ${views.join(' ')}; do mount --bind "$1$view" "$view"; done
echo ready
exec sleep infinity`;

/** This machine with accounts, a table of file systems and mounts of its own, which stay from command to command. */
export class OwnEtc implements CommandRunner {
  readonly name = 'n1';
  readonly address = '127.0.0.1';
  readonly folder = mkdtempSync(join(tmpdir(), 'perimeter-own-etc-'));
  readonly host: HostHands;
  readonly #local = localHost();
  readonly #holder: ReturnType<typeof spawn>;

  private constructor() {
    this.host = commandHands(this);
    for (const view of views) mkdirSync(join(this.folder, view));
    cpSync('/etc', join(this.folder, 'etc'), { recursive: true, verbatimSymlinks: true });
    const argv = ['--mount', '--propagation', 'private', 'sh', '-euc', enter, 'enter', this.folder];
    this.#holder = spawn('unshare', argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  }

  static async start(): Promise<OwnEtc> {
    const machine = new OwnEtc();
    await new Promise<void>((resolve, reject) => {
      machine.#holder.stdout?.once('data', () => resolve());
      machine.#holder.once('exit', () => reject(new Error('there is no namespace')));
    });
    return machine;
  }

  /** What a command in there prints. */
  read(...argv: readonly string[]): string {
    const [program = '', ...words] = this.#inside(argv);
    return execFileSync(program, words, { encoding: 'utf8' });
  }

  async exec(argv: readonly string[], { input, timeoutMs }: RunRequest): Promise<CommandResult> {
    const isKnown = input === undefined || typeof input === 'string' || input instanceof Uint8Array;
    if (!isKnown) throw new Error('this machine takes no streams');
    const options = { timeoutMs, okExitCodes: 'any' as const };
    return await this.#local.run(this.#inside(argv), input === undefined ? options : { ...options, input });
  }

  start(): Promise<never> {
    throw new Error('this machine has no sessions');
  }

  #inside(argv: readonly string[]): string[] {
    return ['nsenter', '--mount', '--target', String(this.#holder.pid), '--', ...argv];
  }

  async close(): Promise<void> {
    this.#holder.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
