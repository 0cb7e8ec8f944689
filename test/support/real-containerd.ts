import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { waitFor } from '../../installer/base/condition.ts';
import { cacheDirectory } from '../../installer/base/files.ts';
import type { HostView } from '../../installer/hosts/host.ts';
import { localHost } from '../../installer/hosts/transport/local.ts';
import { builtProgram } from './built-program.ts';
import { withPrograms } from './with-programs.ts';

/** Parts of containerd that need a whole host; content, images, leases and snapshots do not. */
const disabled = [
  'grpc.v1.cri',
  'cri.v1.images',
  'cri.v1.runtime',
  'nri.v1.nri',
  'tracing.processor.v1.otlp',
  'internal.v1.tracing',
];

export interface ContainerdPrograms {
  readonly containerd: string;
  readonly ctr: string;
}

/** containerd and ctr: as built for the bundle when that was done here, else Debian's own, fetched but not installed. */
export async function containerdPrograms(): Promise<ContainerdPrograms> {
  const [containerd, ctr] = await Promise.all(
    ['containerd', 'ctr'].map((name) => builtProgram('node-containerd', `/usr/local/bin/${name}`)),
  );
  return containerd === undefined || ctr === undefined ? debianPrograms() : { containerd, ctr };
}

async function debianPrograms(): Promise<ContainerdPrograms> {
  const folder = cacheDirectory('programs', 'debian-containerd');
  const programs = { containerd: join(folder, 'usr/bin/containerd'), ctr: join(folder, 'usr/bin/ctr') };
  if (existsSync(programs.ctr)) return programs;
  const download = await mkdtemp(join(tmpdir(), 'containerd-deb-'));
  try {
    await execa('apt-get', ['download', 'containerd'], { cwd: download });
    const [name] = await readdir(download);
    await mkdir(folder, { recursive: true });
    await execa('dpkg', ['-x', join(download, name ?? ''), folder]);
  } finally {
    await rm(download, { recursive: true });
  }
  return programs;
}

/** A containerd of the test's own, with its root in `directory/containerd`, where the agent under test looks for it. */
export class RealContainerd {
  readonly socket: string;
  readonly root: string;
  readonly version: string;
  readonly #directory: string;
  readonly #programs: ContainerdPrograms;
  readonly #prefix: readonly string[];
  #process: ChildProcess | undefined;

  private constructor(
    directory: string,
    programs: ContainerdPrograms,
    version: string,
    prefix: readonly string[],
  ) {
    this.#prefix = prefix;
    this.#directory = directory;
    this.#programs = programs;
    this.version = version;
    this.socket = join(directory, 'containerd.sock');
    this.root = join(directory, 'containerd');
  }

  /** `prefix` is a command to start it by, for example in a network namespace. */
  static async start(directory: string, prefix: readonly string[] = []): Promise<RealContainerd> {
    const programs = await containerdPrograms();
    const { stdout } = await execa(programs.containerd, ['--version']);
    const containerd = new RealContainerd(directory, programs, stdout, prefix);
    await mkdir(containerd.root, { recursive: true });
    const lines = [
      'version = 2',
      `root = "${containerd.root}"`,
      `state = "${join(directory, 'state')}"`,
      `disabled_plugins = [${disabled.map((name) => `"io.containerd.${name}"`).join(', ')}]`,
      '[grpc]',
      `  address = "${containerd.socket}"`,
    ];
    await writeFile(join(directory, 'config.toml'), `${lines.join('\n')}\n`);
    await containerd.up();
    return containerd;
  }

  /** This machine as a node that has ctr. */
  get host(): HostView {
    return withPrograms(localHost('this machine'), dirname(this.#programs.ctr));
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  async up(): Promise<void> {
    const config = join(this.#directory, 'config.toml');
    const [program, ...args] = [...this.#prefix, this.#programs.containerd, '-c', config, '-l', 'error'];
    this.#process = spawn(program, args, { stdio: 'ignore' });
    await waitFor({
      description: 'containerd answers',
      timeoutMs: 60_000,
      intervalMs: 100,
      probe: async () => ((await this.ctr('version')).exitCode === 0 ? true : undefined),
    });
  }

  async down(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const process = this.#process;
    this.#process = undefined;
    if (process === undefined || process.exitCode !== null) return;
    process.kill(signal);
    await once(process, 'exit');
  }

  /** What a person would ask containerd, by its own tool. */
  async ctr(...args: readonly string[]): Promise<{ exitCode: number | undefined; stdout: string }> {
    const { exitCode, stdout } = await execa(
      this.#programs.ctr,
      ['-a', this.socket, '-n', 'k8s.io', ...args],
      { reject: false, timeout: 30_000 },
    );
    return { exitCode, stdout };
  }

  /** Names of images that `ctr images check` calls complete. */
  async completeImages(): Promise<readonly string[]> {
    const { stdout } = await this.ctr('images', 'check');
    return stdout
      .split('\n')
      .filter((line) => / complete \(\d+\/\d+\) /.test(line))
      .map((line) => line.split(/\s+/)[0] ?? '');
  }
}
