import type { z } from 'zod';
import { PerimeterError } from '../base/errors.ts';
import { linkSpeedOf } from './link-speed.ts';
import {
  type AgentEvent,
  blobInputSchema,
  imagesInputSchema,
  type LoadResult,
  openInputSchema,
  type openResultSchema,
  receiveInputSchema,
  type SeedImage,
  tryInputSchema,
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
      case 'try':
        return { bytesPerMs: await this.#opened().tryOut(tryInputSchema.parse(input).parent) };
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

  async #open(input: z.infer<typeof openInputSchema>): Promise<z.infer<typeof openResultSchema>> {
    this.#seeding?.close();
    const seeding = await SeedSession.open(input, this.#store);
    this.#seeding = seeding;
    const port = await seeding.listen();
    return {
      port,
      missing: [...seeding.missing],
      clockMs: Date.now(),
      linkMbits: await linkSpeedOf(input.listen.address),
    };
  }

  #opened(): SeedSession {
    if (this.#seeding !== undefined) return this.#seeding;
    throw new PerimeterError('E_AGENT', {
      message: 'No seeding was opened on this agent.',
      hint: 'Run the same command again.',
    });
  }

  /** While a seeding is open, what it brings is waited for; until there is a first image, gRPC would only be in its way. */
  async #load(images: readonly SeedImage[]): Promise<LoadResult> {
    const [first] = images;
    if (first !== undefined) await this.#seeding?.whole(first);
    const { loadImages } = await import('./containerd/load-images.ts');
    const note = (text: string): void => this.#emit({ event: 'note', text });
    return loadImages({ images, store: this.#store, socket: this.#socket, arriving: this.#seeding, note });
  }
}

async function push(input: unknown): Promise<unknown> {
  const { pushHeldImage, pushInputSchema } = await import('./push-image.ts');
  return pushHeldImage(pushInputSchema.parse(input));
}
