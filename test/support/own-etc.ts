import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandResult, HostHands } from '../../installer/hosts/host.ts';
import { commandHands } from '../../installer/hosts/transport/command-hands.ts';
import type { CommandRunner, RunRequest } from '../../installer/hosts/transport/command-runner.ts';
import { noSession, runHere } from './run-here.ts';

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
  readonly start = noSession;
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

  exec(argv: readonly string[], request: RunRequest): Promise<CommandResult> {
    return runHere(this.#inside(argv), request);
  }

  #inside(argv: readonly string[]): string[] {
    return ['nsenter', '--mount', '--target', String(this.#holder.pid), '--', ...argv];
  }

  async close(): Promise<void> {
    this.#holder.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
