import { describe, expect, it } from 'vitest';
import { type CopySource, PeerCopies } from '../../../installer/agent/peer-copies.ts';
import type { HostHands, HostSession } from '../../../installer/hosts/host.ts';

/** A host that lends, or cannot. */
function lendingHost(name: string, open: Set<string>, canLend = true): HostHands {
  const session: HostSession = {
    write: async () => {},
    lines: (async function* lines() {
      if (canLend) yield '{"port": 4711}';
    })(),
    ended: Promise.resolve({ exitCode: 1, stderr: 'no runtime' }),
    close: async () => void open.delete(name),
  };
  const start = async (): Promise<HostSession> => {
    open.add(name);
    return session;
  };
  const status = async (): Promise<undefined> => undefined;
  return { name, address: `10.0.0.${name.slice(1)}`, start, status } as unknown as HostHands;
}

/** Every node takes the file and passes it on; returns who had it from whom. */
async function distribute(count: number, canLend: (name: string) => boolean = () => true) {
  const copies = new PeerCopies();
  const open = new Set<string>();
  const sources = new Map<string, CopySource>();
  let most = 0;
  let sending = 0;
  const { signal } = new AbortController();
  const nodes = Array.from({ length: count }, (_, index) => `n${index + 1}`);
  await Promise.all(
    nodes.map(async (name) => {
      const source = await copies.source(signal);
      sources.set(name, source);
      if (source.kind === 'installer') most = Math.max(most, (sending += 1));
      await new Promise((resolve) => setImmediate(resolve));
      if (source.kind === 'installer') sending -= 1;
      await copies.release(source, { host: lendingHost(name, open, canLend(name)), path: '/runtime' });
    }),
  );
  const direct = [...sources.values()].filter(({ kind }) => kind === 'installer').length;
  return { sources, direct, most, open };
}

describe('who sends the runtime to whom', () => {
  it('is this machine alone for a few nodes', async () => {
    expect(await distribute(3)).toMatchObject({ direct: 3 });
  });

  it('is this machine for four of two hundred, and nodes for all others', async () => {
    const { direct, sources, open } = await distribute(200);
    expect(direct).toBe(4);
    expect(sources.size).toBe(200);
    const load = new Map<string, number>();
    for (const source of sources.values())
      if (source.kind === 'peer') load.set(source.name, (load.get(source.name) ?? 0) + 1);
    expect(Math.max(...load.values())).toBeLessThan(100);
    expect(load.size).toBeGreaterThan(10);
    // Nobody's door stays open.
    expect(open).toEqual(new Set());
  });

  it('is this machine for everybody when no node can lend, a few at a time', async () => {
    const { direct, most } = await distribute(20, () => false);
    expect(direct).toBe(20);
    expect(most).toBeLessThanOrEqual(4);
  });

  it('passes by a node that never opens its door', async () => {
    const copies = new PeerCopies(50);
    const { signal } = new AbortController();
    const dead = lendingHost('n1', new Set());
    const silent = { ...dead, start: () => new Promise<HostSession>(() => {}) } as HostHands;
    await copies.source(signal);
    await Promise.all(Array.from({ length: 3 }, () => copies.source(signal)));
    await copies.release({ kind: 'installer' }, { host: silent, path: '/runtime' });
    expect((await copies.source(signal)).kind).toBe('installer');
  });

  it('shuts the door of a node that opens it too late, and leaves one that was in time open', async () => {
    const open = new Set<string>();
    const opened = Promise.withResolvers<void>();
    const slow = lendingHost('n1', open);
    const start: HostHands['start'] = async (...words) => {
      await opened.promise;
      return await slow.start(...words);
    };
    const copies = new PeerCopies(50);
    const { signal } = new AbortController();
    const first = await Promise.all(Array.from({ length: 4 }, () => copies.source(signal)));
    await copies.release(first[0] as CopySource, { host: { ...slow, start }, path: '/runtime' });
    await copies.release(first[1] as CopySource, { host: lendingHost('n2', open), path: '/runtime' });
    expect(await copies.source(signal)).toMatchObject({ name: 'n2' });
    opened.resolve();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(open).toEqual(new Set(['n2']));
  });

  it('ends the session of a node that does not open its door in time, and no other', async () => {
    const signals: AbortSignal[] = [];
    const told = (host: HostHands, start = host.start): HostHands => ({
      ...host,
      start: (argv, options = {}) => {
        if (options.signal !== undefined) signals.push(options.signal);
        return start(argv, options);
      },
    });
    const copies = new PeerCopies(50);
    const { signal } = new AbortController();
    const first = await Promise.all(Array.from({ length: 4 }, () => copies.source(signal)));
    const silent = told(lendingHost('n1', new Set()), () => new Promise<HostSession>(() => {}));
    await copies.release(first[0] as CopySource, { host: silent, path: '/runtime' });
    await copies.release(first[1] as CopySource, {
      host: told(lendingHost('n2', new Set())),
      path: '/runtime',
    });
    await copies.source(signal);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
  });

  it('goes on with those who can lend when several found out at once that one cannot', async () => {
    const copies = new PeerCopies();
    const { signal } = new AbortController();
    const first = await Promise.all(Array.from({ length: 4 }, () => copies.source(signal)));
    for (const [index, name] of ['n1', 'n2'].entries()) {
      const host = lendingHost(name, new Set(), name !== 'n1');
      await copies.release(first[index] as CopySource, { host, path: '/runtime' });
    }
    const taken = await Promise.all([copies.source(signal), copies.source(signal)]);
    expect(taken).toMatchObject([{ name: 'n2' }, { name: 'n2' }]);
  });

  it('ends when the run is stopped, also for those who wait', async () => {
    const copies = new PeerCopies();
    const stop = new AbortController();
    for (let index = 0; index < 4; index += 1) await copies.source(stop.signal);
    const waiting = copies.source(stop.signal);
    stop.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
  });

  it('gives the turn to another when a node did not get it', async () => {
    const copies = new PeerCopies();
    const { signal } = new AbortController();
    const first = await Promise.all(Array.from({ length: 4 }, () => copies.source(signal)));
    const fifth = copies.source(signal);
    await copies.release(first[0] as CopySource, undefined);
    expect((await fifth).kind).toBe('installer');
  });
});
