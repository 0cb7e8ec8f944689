import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandResult, HostHands } from '../../installer/hosts/host.ts';
import { unreachable } from '../../installer/hosts/host-errors.ts';
import { commandHands } from '../../installer/hosts/transport/command-hands.ts';
import type { CommandRunner, RunRequest } from '../../installer/hosts/transport/command-runner.ts';
import { noSession, runHere } from './run-here.ts';

/** A command that ended on the machine: scripts of ours by their name. */
interface Ended {
  readonly name: string;
  readonly exitCode: number;
}

const views = ['/var/lib', '/var/log', '/run'] as const;
const enterScript = `
folder=$1
shift
for view in ${views.join(' ')}; do mount --bind "$folder$view" "$view"; done
exec "$@"`;

/**
 * This machine with a state of its own: what its commands find in /var/lib, /var/log and /run lies in a folder that goes with it.
 * So the real dpkg can be used on a package database that is nobody's, and the power can go.
 */
export class OwnMachine implements CommandRunner, AsyncDisposable {
  readonly name = 'n1';
  readonly address = '127.0.0.1';
  readonly folder: string;
  readonly host: HostHands;
  readonly ended: Ended[] = [];
  readonly start = noSession;
  #power = new AbortController();

  private constructor(folder: string) {
    this.folder = folder;
    this.host = commandHands(this);
  }

  static async start(): Promise<OwnMachine> {
    const machine = new OwnMachine(await mkdtemp(join(tmpdir(), 'perimeter-machine-')));
    for (const folder of [...views, '/var/lib/dpkg/info', '/var/lib/dpkg/updates', '/var/lib/dpkg/triggers'])
      await mkdir(machine.at(folder), { recursive: true });
    for (const name of ['status', 'available']) await writeFile(machine.at(`/var/lib/dpkg/${name}`), '');
    return machine;
  }

  /** Where a path of the machine lies, for a look from outside; only for what is its own. */
  at(path: string): string {
    return join(this.folder, path);
  }

  /** A command in words that can be started without this class. */
  inside(argv: readonly string[]): string[] {
    return ['unshare', '--mount', 'sh', '-euc', enterScript, 'enter', this.folder, ...argv];
  }

  async exec(argv: readonly string[], request: RunRequest): Promise<CommandResult> {
    const power = this.#power.signal;
    const signal = request.signal === undefined ? power : AbortSignal.any([power, request.signal]);
    try {
      const result = await runHere(this.inside(argv), { ...request, signal });
      this.ended.push({ name: (argv[1] === '-c' ? argv[3] : argv[0]) ?? '', exitCode: result.exitCode });
      return result;
    } catch (error) {
      throw power.aborted ? unreachable(this, 'the power is off', error) : error;
    }
  }

  /** Ends what runs, in the middle of whatever it does; from now on nobody answers. */
  powerOff(): void {
    this.#power.abort(new Error('the power went'));
  }

  /** A boot: what lay in memory is gone. */
  async powerOn(): Promise<void> {
    await rm(this.at('/run'), { recursive: true });
    await mkdir(this.at('/run'));
    this.#power = new AbortController();
  }

  async close(): Promise<void> {
    this.powerOff();
    await rm(this.folder, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
