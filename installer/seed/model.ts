import { chunkBytes } from '../agent/chunks.ts';

export interface SeedingCase {
  /** Bytes that the node which lacks most has to get. */
  readonly bytes: number;
  readonly nodes: number;
  readonly linkBitsPerSecond: number;
}

/** The link speed that is reckoned with until one is measured. */
export const assumedBitsPerSecond = 1e9;
/** The same for people. */
export const assumedPace = '1 Gbit/s';

/** Share of a link that carries blob bytes: 1448 of 1514 on Ethernet with TCP timestamps, less TLS 1.3 records of 16 KiB. */
const goodput = (1448 / 1514) * (16384 / (16384 + 22));
/** Sessions, certificates and the plan, per seeding. */
const startMs = 900;

/** Bytes of blobs per millisecond that a link of this nominal speed carries. */
export function bytesPerMsOf(linkBitsPerSecond: number): number {
  return (linkBitsPerSecond * goodput) / 8 / 1000;
}

/** Milliseconds that a seeding by one chain takes when links are alike and nothing else is slower than they are. */
export function predictSeedingMs({ bytes, nodes, linkBitsPerSecond }: SeedingCase): number {
  if (bytes === 0 || nodes === 0) return 0;
  return startMs + (bytes + (nodes - 1) * chunkBytes) / bytesPerMsOf(linkBitsPerSecond);
}
