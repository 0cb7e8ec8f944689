import type { z } from 'zod';
import { PerimeterError } from '../base/errors.ts';
import {
  type AgentEvent,
  blobInputSchema,
  imagesInputSchema,
  type imagesResultSchema,
  type loadResultSchema,
  openInputSchema,
  type openResultSchema,
  receiveInputSchema,
  type SeedImage,
} from './protocol.ts';
import { SeedSession } from './seed-session.ts';
import type { SeedStore } from './seed-store.ts';

export type Emit = (event: AgentEvent) => void;

/** Everything an agent can be asked to do, by name. What only some need, such as gRPC, is loaded when it is asked for. */
export class Operations {
  readonly #store: SeedStore;
  readonly #socket: string;
  readonly #emit: Emit;
  #seeding: SeedSession | undefined;

  constructor(store: SeedStore, socket: string, emit: Emit) {
    this.#store = store;
    this.#socket = socket;
    this.#emit = emit;
  }

  async do(op: string, input: unknown): Promise<unknown> {
    switch (op) {
      case 'open':
        return this.#open(openInputSchema.parse(input));
      case 'reach':
        return this.#opened().reach(receiveInputSchema.parse(input).parents);
      case 'part':
        return { path: this.#opened().partPath(blobInputSchema.parse(input).digest) };
      case 'adopt':
        return this.#opened().adopt(blobInputSchema.parse(input).digest);
      case 'receive':
        return this.#opened().receive(receiveInputSchema.parse(input).parents, this.#emit);
      case 'parents':
        return this.#opened().setParents(receiveInputSchema.parse(input).parents);
      case 'usage':
        return this.#opened().usage();
      case 'images':
        return this.missingImages(imagesInputSchema.parse(input).images);
      case 'load':
        return this.#load(imagesInputSchema.parse(input).images);
      case 'push':
        return push(input);
      case 'facts':
        return (await import('./facts.ts')).readFacts();
      default:
        throw new PerimeterError('E_AGENT', {
          message: `The agent knows no operation "${op}".`,
          hint: 'Agent and installer are of different versions; run the same command again, which sends the agent anew.',
        });
    }
  }

  close(): void {
    this.#seeding?.close();
  }

  /** Which of these images containerd does not have whole. Reads only. */
  async missingImages(images: readonly SeedImage[]): Promise<z.infer<typeof imagesResultSchema>> {
    const { Containerd, isLoaded } = await import('./containerd/load-image.ts');
    const containerd = new Containerd(this.#socket);
    try {
      const missing: string[] = [];
      for (const image of images) {
        if (!(await isLoaded(containerd, image))) missing.push(image.references[0] ?? '');
      }
      return { missing };
    } finally {
      containerd.close();
    }
  }

  async #open(input: z.infer<typeof openInputSchema>): Promise<z.infer<typeof openResultSchema>> {
    this.#seeding?.close();
    const seeding = await SeedSession.open(input, this.#store);
    this.#seeding = seeding;
    const port = await seeding.listen();
    const { missing, freeBytes } = seeding;
    return { port, missing: [...missing], freeBytes, clockMs: Date.now() };
  }

  #opened(): SeedSession {
    if (this.#seeding !== undefined) return this.#seeding;
    throw new PerimeterError('E_AGENT', {
      message: 'No seeding was opened on this agent.',
      hint: 'Run the same command again.',
    });
  }

  async #load(images: readonly SeedImage[]): Promise<z.infer<typeof loadResultSchema>> {
    const startedAt = performance.now();
    const counts = { adopted: 0, streamed: 0, present: 0 };
    const { Containerd, loadImage } = await import('./containerd/load-image.ts');
    const containerd = new Containerd(this.#socket);
    try {
      await containerd.leased(async (lease) => {
        for (const image of images) {
          await loadImage(containerd, this.#store, image, lease, (how) => {
            counts[how] += 1;
          });
        }
      });
    } finally {
      containerd.close();
    }
    await this.#forgetLoaded(images);
    return { ...counts, ms: performance.now() - startedAt };
  }

  /** Only now: until the records stood and the lease was gone, the seed store was what a next run would start from. */
  async #forgetLoaded(images: readonly SeedImage[]): Promise<void> {
    for (const image of images) {
      for (const blob of [image.manifest, image.config, ...image.layers])
        await this.#store.forget(blob.digest);
    }
  }
}

async function push(input: unknown): Promise<unknown> {
  const { pushHeldImage, pushInputSchema } = await import('./push-image.ts');
  return pushHeldImage(pushInputSchema.parse(input));
}
