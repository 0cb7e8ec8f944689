import { randomBytes } from 'node:crypto';
import type { Digest } from '../../base/digest.ts';
import { call, type ServiceClient, serviceClient } from './connection.ts';
import { readContent } from './content-reader.ts';
import { type ContentToWrite, type Written, writeContent } from './content-writer.ts';
import { contentDescriptor, imagesDescriptor, leasesDescriptor } from './descriptors.ts';

export interface ImageRecord {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly target: { readonly mediaType: string; readonly digest: Digest; readonly size: number };
}

/** Longer than any agent lives: what comes slowly is kept as well. */
const leaseHours = 7;

/** containerd's content, images and leases in the Kubernetes namespace, over its socket. */
export class Containerd {
  readonly #content: ServiceClient;
  readonly #images: ServiceClient;
  readonly #leases: ServiceClient;

  constructor(socket: string) {
    this.#content = serviceClient(contentDescriptor, 'containerd.services.content.v1.Content', socket);
    this.#images = serviceClient(imagesDescriptor, 'containerd.services.images.v1.Images', socket);
    this.#leases = serviceClient(leasesDescriptor, 'containerd.services.leases.v1.Leases', socket);
  }

  async contentLabels(digest: Digest): Promise<Readonly<Record<string, string>> | undefined> {
    const answer = await call<{ info: { labels: Record<string, string> } }>(
      this.#content,
      'Info',
      { digest },
      { expect: 'not-found' },
    );
    return answer?.info.labels;
  }

  async setContentLabels(digest: Digest, labels: Readonly<Record<string, string>>): Promise<void> {
    const paths = Object.keys(labels).map((name) => `labels.${name}`);
    await call(this.#content, 'Update', { info: { digest, labels }, updateMask: { paths } });
  }

  /** All of a small blob that it has. */
  read(blob: { readonly digest: Digest; readonly sizeBytes: number }): Promise<Buffer> {
    return readContent(this.#content, blob);
  }

  write(blob: ContentToWrite, lease: string): Promise<Written> {
    return writeContent(this.#content, blob, lease);
  }

  async image(name: string): Promise<ImageRecord | undefined> {
    const answer = await call<{ image: ImageRecord }>(this.#images, 'Get', { name }, { expect: 'not-found' });
    return answer?.image;
  }

  /** Creates the record, or makes the one of that name say the same. */
  async putImage(image: ImageRecord, lease: string): Promise<void> {
    const made = await call(this.#images, 'Create', { image }, { lease, expect: 'exists' });
    if (made === undefined) await call(this.#images, 'Update', { image }, { lease });
  }

  /** Runs `work` under a lease, so that nothing it adds is collected before it is referred to. */
  async leased<T>(work: (lease: string) => Promise<T>): Promise<T> {
    const id = `perimeter-${randomBytes(6).toString('hex')}`;
    const expire = new Date(Date.now() + leaseHours * 3_600_000).toISOString();
    await call(this.#leases, 'Create', { id, labels: { 'containerd.io/gc.expire': expire } });
    const release = (): Promise<unknown> =>
      call(this.#leases, 'Delete', { id, sync: true }, { expect: 'not-found' });
    let result: T;
    try {
      result = await work(id);
    } catch (error) {
      // Why the work failed is what a person needs to know; a lease that cannot be given back now expires by itself.
      await release().catch(() => {});
      throw error;
    }
    await release();
    return result;
  }

  close(): void {
    for (const client of [this.#content, this.#images, this.#leases]) client.close();
  }
}
