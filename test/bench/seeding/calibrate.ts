import { execa } from 'execa';
import type { BenchSite } from './bench-site.ts';

const port = 5999;
const probeBytes = 40_000_000;
const sender = `require('net').createServer((s) => s.end(Buffer.alloc(${probeBytes}))).listen(${port}, () => console.log('up'))`;
const receiver = (address: string): string =>
  `let t; const s = require('net').connect(${port}, '${address}', () => { t = performance.now(); }); s.on('data', () => {}); s.on('end', () => console.log(performance.now() - t))`;

/** Bytes per second that one plain TCP connection from the source to the first node carries, measured now. */
export async function measureGoodput(site: BenchSite): Promise<number> {
  const inside = (namespace: string, script: string): string[] => [
    'netns',
    'exec',
    namespace,
    process.execPath,
    '-e',
    script,
  ];
  const server = execa('ip', inside(site.network.source.namespace, sender), { reject: false });
  try {
    await new Promise((resolve) => server.stdout.once('data', resolve));
    const namespace = site.network.nodes[0]?.namespace ?? '';
    const { stdout } = await execa('ip', inside(namespace, receiver(site.network.source.address)));
    return (probeBytes / Number(stdout)) * 1000;
  } finally {
    server.kill();
    await server;
  }
}

/** No way of sending is faster than this: Kumar and Ross, with every link of the same measured speed. */
export function lowerBoundMs(bytes: number, nodes: number, bytesPerSecond: number): number {
  const all = (nodes * bytes) / (bytesPerSecond * (nodes + 1));
  return Math.max(bytes / bytesPerSecond, all) * 1000;
}
