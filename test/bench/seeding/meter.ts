import { existsSync } from 'node:fs';
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { retry } from '../../../installer/base/retry.ts';

/** Counts the processor time of everything that the benchmark starts, and how idle the machine was meanwhile. */
export class Meter {
  readonly #cgroup: string;
  readonly #parent: string;
  readonly #file: string;

  private constructor(parent: string, file: string) {
    this.#parent = parent;
    this.#cgroup = join(parent, `perimeter-bench-${process.pid}`);
    this.#file = file;
  }

  /** Puts this process, and so all it will start, into a cgroup of its own that only counts. */
  static async start(): Promise<Meter> {
    const v1 = '/sys/fs/cgroup/cpuacct';
    const meter = existsSync(join(v1, 'cpuacct.usage'))
      ? new Meter(v1, 'cpuacct.usage')
      : new Meter('/sys/fs/cgroup', 'cpu.stat');
    await mkdir(meter.#cgroup);
    await writeFile(join(meter.#cgroup, 'cgroup.procs'), String(process.pid));
    return meter;
  }

  async stop(): Promise<void> {
    const processes = 'cgroup.procs';
    await writeFile(join(this.#parent, processes), String(process.pid));
    // What the benchmark started ends a moment after it was told to, and holds the folder until then.
    const again = { attempts: 7, delayMs: 100, when: () => true };
    await retry(again, async () => {
      const left = (await readFile(join(this.#cgroup, processes), 'utf8')).split('\n').filter(Boolean);
      for (const id of left) await writeFile(join(this.#parent, processes), id).catch(() => {});
      await rmdir(this.#cgroup);
    });
  }

  /** Runs the work and tells what it took of the machine. */
  async measure<T>(work: () => Promise<T>): Promise<{ result: T; cpuSeconds: number; idleShare: number }> {
    const [cpu, machine] = [await this.#cpuSeconds(), await machineTicks()];
    const result = await work();
    const [cpuAfter, machineAfter] = [await this.#cpuSeconds(), await machineTicks()];
    const idleShare = (machineAfter.idle - machine.idle) / Math.max(1, machineAfter.all - machine.all);
    return { result, cpuSeconds: cpuAfter - cpu, idleShare };
  }

  async #cpuSeconds(): Promise<number> {
    const text = await readFile(join(this.#cgroup, this.#file), 'utf8');
    const microseconds = /^usage_usec (\d+)$/m.exec(text)?.[1];
    return microseconds === undefined ? Number(text) / 1e9 : Number(microseconds) / 1e6;
  }
}

async function machineTicks(): Promise<{ idle: number; all: number }> {
  const [line = ''] = (await readFile('/proc/stat', 'utf8')).split('\n');
  const ticks = line.split(/\s+/).slice(1, 9).map(Number);
  return { idle: (ticks[3] ?? 0) + (ticks[4] ?? 0), all: ticks.reduce((sum, one) => sum + one, 0) };
}
