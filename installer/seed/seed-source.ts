import { BlobServer } from '../agent/blob-server.ts';
import { linkSpeedOf } from '../agent/link-speed.ts';
import type { Parent } from '../agent/protocol.ts';
import { RateLimit } from '../agent/rate-limit.ts';
import { localAddressTowards } from './local-address.ts';
import { planTags } from './plan-tags.ts';
import type { RunAuthority } from './run-authority.ts';
import type { SeedRequest } from './seed-request.ts';
import { SourceLibrary } from './source-library.ts';

/** This machine as the first peer of the chain, at the address by which each node sees it. */
export class SeedSource {
  readonly #server: BlobServer;
  readonly #addresses: ReadonlyMap<string, string>;
  #port = 0;

  private constructor(server: BlobServer, addresses: ReadonlyMap<string, string>) {
    this.#server = server;
    this.#addresses = addresses;
  }

  static async start(request: SeedRequest, authority: RunAuthority): Promise<SeedSource> {
    const addresses = new Map<string, string>();
    for (const { host } of request.nodes) addresses.set(host.name, await localAddressTowards(host.address));
    const server = new BlobServer({
      identity: await authority.issue('source', [...new Set(addresses.values())]),
      library: new SourceLibrary(request.bundle, request.blobs),
      tags: planTags(request.bundle, request.blobs),
      rate: new RateLimit(request.maxBytesPerSecond),
      address: '0.0.0.0',
      port: 0,
    });
    const source = new SeedSource(server, addresses);
    source.#port = await server.listen();
    return source;
  }

  /** Of the slowest interface by which nodes reach this machine; undefined where no driver tells. */
  async linkMbits(): Promise<number | undefined> {
    const speeds = await Promise.all([...new Set(this.#addresses.values())].map(linkSpeedOf));
    const known = speeds.filter((speed) => speed !== undefined);
    return known.length === 0 ? undefined : Math.min(...known);
  }

  get sentBytes(): number {
    return this.#server.sentBytes;
  }

  /** The source as a parent of this node. */
  parentFor(node: string): Parent {
    return { name: 'source', address: this.#addresses.get(node) ?? '127.0.0.1', port: this.#port };
  }

  close(): void {
    this.#server.close();
  }
}
