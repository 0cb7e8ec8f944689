import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AgentEvent } from '../../../installer/agent/protocol.ts';
import { SeedStore } from '../../../installer/agent/seed-store.ts';
import { waitFor } from '../../../installer/base/condition.ts';
import { digestOf } from '../../../installer/base/digest.ts';
import { killProcess } from '../../../installer/base/kill-process.ts';
import type { SeedNode } from '../../../installer/seed/seed-request.ts';
import { type MadeArtifact, madeBundle } from '../../fixtures/made-bundle.ts';
import { agentPids } from './agent-pids.ts';
import { Seeding } from './seeding.ts';

const artifacts: readonly MadeArtifact[] = [
  { name: 'node-things', kind: 'files', layers: [{ bytes: 3e6, salt: 'things' }] },
  { name: 'pause', layers: [{ bytes: 1e5, salt: 'pause' }] },
  {
    name: 'etcd',
    layers: [
      { bytes: 7e6, salt: 'etcd' },
      { bytes: 2e6, salt: 'base' },
    ],
  },
  {
    name: 'gitea',
    sets: ['git'],
    layers: [
      { bytes: 9e6, salt: 'gitea' },
      { bytes: 2e6, salt: 'base' },
    ],
  },
  {
    name: 'vault',
    sets: ['secrets'],
    layers: [
      { bytes: 5e6, salt: 'vault' },
      { bytes: 0, salt: '' },
    ],
  },
];
const bundle = madeBundle(artifacts);
const slow = 6e6;
let seeding: Seeding;

beforeEach(async () => {
  seeding = await Seeding.create(bundle, 3);
});
afterEach(async () => {
  for (const name of seeding.names) {
    const left = await waitFor({
      description: `no agent of ${name} is left`,
      timeoutMs: 10_000,
      intervalMs: 100,
      probe: async () => ((await agentPids(join(seeding.directory, name))).length === 0 ? true : undefined),
    });
    expect(left).toBe(true);
  }
  await seeding.remove();
});

describe('seeding three nodes', () => {
  test('every blob reaches every node whole, and leaves this machine once', async () => {
    const report = await seeding.run();
    expect(report.sourceSentBytes).toBe(seeding.totalBytes);
    for (const name of seeding.names) {
      expect(await seeding.missing(name)).toEqual([]);
      const store = new SeedStore({
        seedDirectory: join(seeding.directory, name, 'seed'),
        containerdRoot: '/nowhere',
      });
      for (const { digest } of seeding.blobs) {
        expect(digestOf(await readFile(store.blobPath(digest)))).toBe(digest);
      }
    }
    for (const { result } of report.nodes) expect(result.peakRssBytes).toBeLessThan(150e6);
  });

  test('a second run moves nothing', async () => {
    await seeding.run();
    const report = await seeding.run();
    expect(report.sourceSentBytes).toBe(0);
    expect(report.nodes.map(({ result }) => result.receivedBytes)).toEqual([0, 0, 0]);
  });

  test('a blob that one node lost comes to that node alone', async () => {
    await seeding.run();
    const [lost] = seeding.blobs.filter(({ sizeBytes }) => sizeBytes === 7e6);
    const store = new SeedStore({
      seedDirectory: join(seeding.directory, 'n2', 'seed'),
      containerdRoot: '/nowhere',
    });
    if (lost !== undefined) await store.forget(lost.digest);
    const report = await seeding.run();
    expect(report.sourceSentBytes).toBeLessThanOrEqual(7e6);
    expect(report.nodes.find(({ name }) => name === 'n2')?.result.receivedBytes).toBe(7e6);
    expect(await seeding.missing('n2')).toEqual([]);
  });

  test('the boot set is there before the rest is', async () => {
    const groups: number[] = [];
    await seeding.run({
      maxBytesPerSecond: slow,
      onEvent: (node, event) => {
        if (node === 'n3' && event.event === 'progress') groups.push(event.groupsDone);
      },
    });
    expect(groups).toEqual(groups.toSorted());
    expect(groups).toContain(1);
    expect(groups.at(-1)).toBe(2);
  });
});

/** Runs until a node has this share, does something to it, and tells how the seeding ended. */
async function disturb(
  node: string,
  share: number,
  what: () => unknown,
): Promise<{ error: unknown; sent: number }> {
  let done = false;
  let sent = 0;
  const onEvent = (name: string, event: AgentEvent): void => {
    if (event.event !== 'progress') return;
    if (name === 'n1') sent = Math.max(sent, event.receivedBytes);
    if (name !== node || done || event.verifiedBytes < share * seeding.totalBytes) return;
    done = true;
    void what();
  };
  const error = await seeding.run({ maxBytesPerSecond: slow, onEvent }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(done, 'the disturbance took place').toBe(true);
  return { error, sent };
}

async function kill(name: string): Promise<void> {
  for (const pid of await agentPids(join(seeding.directory, name))) killProcess(pid);
}

describe('when an agent is killed at 35 %', () => {
  test('the others finish, the error names it, and the next run sends it only the rest', async () => {
    const { error } = await disturb('n2', 0.35, () => kill('n2'));
    expect(error).toMatchObject({ code: 'E_AGENT', message: expect.stringContaining('n2'), retryable: true });
    expect(await seeding.missing('n1')).toEqual([]);
    expect(await seeding.missing('n3')).toEqual([]);
    expect((await seeding.missing('n2')).length).toBeGreaterThan(0);
    const report = await seeding.run();
    expect(await seeding.missing('n2')).toEqual([]);
    const [n1, n2, n3] = ['n1', 'n2', 'n3'].map(
      (name) => report.nodes.find((node) => node.name === name)?.result.receivedBytes,
    );
    expect([n1, n3]).toEqual([0, 0]);
    // What had arrived of blobs in flight is kept: at most one chunk of each of four is sent again.
    expect(n2).toBeLessThan(0.65 * seeding.totalBytes + 4 * (1 << 20));
  });
});

describe('when the installer is interrupted', () => {
  test('the agents end by themselves, and the next run goes on where it was', async () => {
    const stop = new AbortController();
    const first = seeding.run({
      maxBytesPerSecond: slow,
      signal: stop.signal,
      onEvent: (node, event) => {
        if (node === 'n1' && event.event === 'progress' && event.verifiedBytes > 0.4 * seeding.totalBytes)
          stop.abort();
      },
    });
    await expect(first).rejects.toThrow();
    const report = await seeding.run();
    expect(report.sourceSentBytes).toBeLessThan(0.7 * seeding.totalBytes);
    for (const name of seeding.names) expect(await seeding.missing(name)).toEqual([]);
  });
});

describe('when a node cannot take part', () => {
  const withOther = (name: string, command: readonly string[]): readonly SeedNode[] =>
    seeding.names.map((each) => (each === name ? { ...seeding.node(each), command } : seeding.node(each)));

  test('one that ends at once is named, and the others get everything', async () => {
    const nodes = withOther('n2', ['sh', '-c', 'echo out of order >&2; exit 4']);
    await expect(seeding.run({ nodes })).rejects.toMatchObject({
      code: 'E_AGENT',
      message: 'The agent on n2 was lost: it ended with exit code 4: out of order',
    });
    expect(await seeding.missing('n1')).toEqual([]);
    expect(await seeding.missing('n3')).toEqual([]);
  });

  test('one whose clock is two days ahead is named, with the remedy', async () => {
    const program = join(seeding.directory, 'fast-clock.mjs');
    const answer = `{ port: 1, missing: [], clockMs: Date.now() + 48 * 3600e3 }`;
    await writeFile(
      program,
      `for await (const line of (await import('node:readline')).createInterface({ input: process.stdin }))
         console.log(JSON.stringify({ id: JSON.parse(line).id, result: ${answer} }));`,
    );
    const nodes = withOther('n3', [process.execPath, program]);
    await expect(seeding.run({ nodes })).rejects.toMatchObject({
      code: 'E_SEED',
      message: expect.stringContaining('n3: its clock is 48 h 0 min ahead'),
      hint: expect.stringContaining('date -u -s'),
    });
    expect(await seeding.missing('n1')).toEqual([]);
  });
});

describe('when a node is cut off from its peers', () => {
  const namespace = `seedtest${process.pid % 10_000}`;
  beforeEach(async () => {
    await execa('ip', ['netns', 'add', namespace]);
    await execa('ip', ['netns', 'exec', namespace, 'ip', 'link', 'set', 'lo', 'up']);
  });
  afterEach(() => execa('ip', ['netns', 'delete', namespace]));

  test('it gets everything through its SSH connection, and that is said', async () => {
    const other = seeding.node('n2');
    const command = ['ip', 'netns', 'exec', namespace, ...other.command];
    const nodes = ['n1', 'n2', 'n3'].map((name) =>
      name === 'n2' ? { ...other, command } : seeding.node(name),
    );
    const notes: string[] = [];
    const report = await seeding.run({
      nodes,
      onEvent: (_node, event) => {
        if (event.event === 'note') notes.push(event.text);
      },
    });
    for (const name of seeding.names) expect(await seeding.missing(name)).toEqual([]);
    expect(report.sourceSentBytes).toBe(seeding.totalBytes);
    expect(report.decisions).toEqual(['n2 reaches no other peer and stays out of the chain']);
    expect(notes).toEqual([
      expect.stringMatching(
        /^n2 reaches neither .* MB go to it through SSH.*: about .* a second, as seen here\), and 2 times one chain's time/,
      ),
    ]);
  });
});

describe('when a disk is full', () => {
  let full = '';
  beforeEach(async () => {
    full = join(seeding.directory, 'n2');
    await mkdir(full);
    await execa('mount', ['-t', 'tmpfs', '-o', 'size=100m', 'tmpfs', full]);
  });
  afterEach(() => execa('umount', [full]));

  test('nothing is sent to anyone, and the error tells how much is missing', async () => {
    await writeFile(join(full, 'ballast'), Buffer.alloc(60e6));
    await expect(seeding.run()).rejects.toMatchObject({
      code: 'E_DISK_FULL',
      message: expect.stringMatching(/^n2: .* has \d+\.?\d* MB free, but 11\d MB are needed/),
      hint: expect.stringContaining('of room'),
    });
    for (const name of seeding.names) expect((await seeding.missing(name)).length).toBe(seeding.blobs.length);
  });

  test('and one that fills up on the way stops alone', async () => {
    await execa('mount', ['-o', 'remount,size=140m', full]);
    const fill = (): unknown =>
      execa('dd', ['if=/dev/zero', `of=${join(full, 'ballast')}`, 'bs=1M', 'count=200'], { reject: false });
    const { error } = await disturb('n2', 0.3, fill);
    expect(error).toMatchObject({ code: 'E_DISK_FULL', message: expect.stringContaining('n2') });
    expect(await seeding.missing('n1')).toEqual([]);
    expect(await seeding.missing('n3')).toEqual([]);
  });
});

describe('two sites at once', () => {
  let other: Seeding;
  beforeAll(async () => {
    other = await Seeding.create(bundle, 2);
  });
  afterAll(() => other.remove());

  test('do not disturb each other', async () => {
    const reports = await Promise.all([seeding.run(), other.run()]);
    expect(reports.map(({ sourceSentBytes }) => sourceSentBytes)).toEqual([
      seeding.totalBytes,
      other.totalBytes,
    ]);
    expect(await seeding.missing('n3')).toEqual([]);
    expect(await other.missing('n2')).toEqual([]);
  });
});
