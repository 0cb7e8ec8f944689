import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type QueueOptions, runQueue } from '../../../../installer/bundle/build/run-queue.ts';

interface Job {
  readonly name: string;
  readonly weight: number;
  readonly after?: string;
}

function queue(jobs: readonly Job[], work: (job: Job) => Promise<void>, more?: Partial<QueueOptions<Job>>) {
  return runQueue<Job>({
    items: jobs,
    workers: 2,
    nameOf: (job) => job.name,
    waitsFor: (job) => (job.after === undefined ? [] : [job.after]),
    weightOf: (job) => job.weight,
    work,
    ...more,
  });
}

describe('the queue of builds', () => {
  it('starts the heaviest first, and what others wait for before its own weight', async () => {
    const started: string[] = [];
    const jobs = [
      { name: 'light', weight: 1 },
      { name: 'heavy', weight: 10 },
      { name: 'base', weight: 2 },
      { name: 'heaviest', weight: 20, after: 'base' },
    ];
    await queue(jobs, async ({ name }) => void started.push(name), { workers: 1 });
    expect(started).toEqual(['base', 'heaviest', 'heavy', 'light']);
  });

  it('never runs more at once than it may', async () => {
    let running = 0;
    let most = 0;
    const jobs = Array.from({ length: 9 }, (_, index) => ({ name: `job-${index}`, weight: index }));
    await queue(jobs, async () => {
      running += 1;
      most = Math.max(most, running);
      await delay(2);
      running -= 1;
    });
    expect(most).toBe(2);
  });

  it('goes on after a failure, and does not try what stands on it', async () => {
    const done: string[] = [];
    const jobs = [
      { name: 'bad', weight: 9 },
      { name: 'on-bad', weight: 8, after: 'bad' },
      { name: 'on-that', weight: 7, after: 'on-bad' },
      { name: 'good', weight: 1 },
    ];
    const failures = await queue(jobs, async ({ name }) => {
      if (name === 'bad') throw new Error('no');
      done.push(name);
    });
    expect(done).toEqual(['good']);
    expect([...failures.keys()].toSorted()).toEqual(['bad', 'on-bad', 'on-that']);
    expect(failures.get('on-bad')).toMatchObject({ message: expect.stringContaining('because bad') });
  });

  it('starts nothing after an abort, and waits for what runs', async () => {
    const stop = new AbortController();
    const ended: string[] = [];
    const jobs = ['a', 'b', 'c', 'd'].map((name) => ({ name, weight: 1 }));
    await queue(
      jobs,
      async ({ name }) => {
        stop.abort();
        await delay(5);
        ended.push(name);
      },
      { signal: stop.signal },
    );
    expect(ended).toEqual(['a']);
  });
});
