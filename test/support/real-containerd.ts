import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { waitFor } from '../../installer/base/condition.ts';
import { cacheDirectory } from '../../installer/base/files.ts';

/** Parts of containerd that need a whole host; content, images, leases and snapshots do not. */
const disabled = [
  'grpc.v1.cri',
  'cri.v1.images',
  'cri.v1.runtime',
  'nri.v1.nri',
  'tracing.processor.v1.otlp',
  'internal.v1.tracing',
];

/** containerd and ctr: as compiled for the bundle when that was done here, else Debian's own, fetched but not installed. */
export async function containerdPrograms(): Promise<{ containerd: string; ctr: string }> {
  const compiled = cacheDirectory('warm', 'node-containerd');
  const fetched = cacheDirectory('test-programs', 'containerd', 'usr', 'bin');
  for (const folder of [compiled, fetched, '/usr/bin']) {
    if (existsSync(join(folder, 'containerd'))) {
      return { containerd: join(folder, 'containerd'), ctr: join(folder, 'ctr') };
    }
  }
  const download = await mkdtemp(join(tmpdir(), 'containerd-deb-'));
  try {
    await execa('apt-get', ['download', 'containerd'], { cwd: download });
    const [name] = await readdir(download);
    await execa('dpkg', ['-x', join(download, name ?? ''), cacheDirectory('test-programs', 'containerd')]);
  } finally {
    await rm(download, { recursive: true });
  }
  return { containerd: join(fetched, 'containerd'), ctr: join(fetched, 'ctr') };
}

/** A containerd of the test's own, with its root in `directory/containerd`, where the agent under test looks for it. */
export class RealContainerd {
  readonly socket: string;
  readonly root: string;
  readonly version: string;
  readonly #directory: string;
  readonly #programs: { containerd: string; ctr: string };
  #process: ChildProcess | undefined;

  private constructor(directory: string, programs: { containerd: string; ctr: string }, version: string) {
    this.#directory = directory;
    this.#programs = programs;
    this.version = version;
    this.socket = join(directory, 'containerd.sock');
    this.root = join(directory, 'containerd');
  }

  static async start(directory: string): Promise<RealContainerd> {
    const programs = await containerdPrograms();
    const { stdout } = await execa(programs.containerd, ['--version']);
    const containerd = new RealContainerd(directory, programs, stdout);
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

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  async up(): Promise<void> {
    const config = join(this.#directory, 'config.toml');
    this.#process = spawn(this.#programs.containerd, ['-c', config, '-l', 'error'], { stdio: 'ignore' });
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
