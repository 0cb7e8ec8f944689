import { z } from 'zod';
import { type Digest, isDigest } from '../base/digest.ts';

/** What installer and agent say to each other: one JSON value per line, over the agent's standard input and output. */

const digest = z.custom<Digest>((value) => typeof value === 'string' && isDigest(value), 'not a digest');
const port = z.int().min(0).max(65535);

export const plannedBlobSchema = z.strictObject({
  digest,
  sizeBytes: z.int().nonnegative(),
  mediaType: z.string(),
  /** SHA-256 of each chunk, base64 of all in a row. */
  chunkHashes: z.base64(),
  /** True when the blob must lie in the seed store itself, because a playbook unpacks it from there. */
  keep: z.boolean(),
  /** 0 is the boot set. */
  group: z.int().nonnegative(),
});
export type PlannedBlob = z.infer<typeof plannedBlobSchema>;

export const parentSchema = z.strictObject({ name: z.string(), address: z.string(), port });
export type Parent = z.infer<typeof parentSchema>;

export const openInputSchema = z.strictObject({
  /** This node's name in messages. */
  name: z.string(),
  /** Where to listen; port 0 picks a free one. */
  listen: z.strictObject({ address: z.string(), port }),
  /** Certificate and key of this run, PEM. Secret: they only ever travel on standard input. */
  identity: z.strictObject({ certificate: z.string(), key: z.string(), authority: z.string() }),
  blobs: z.array(plannedBlobSchema),
  /** Manifests among them by the names under which a client may ask: `repository:tag`. */
  tags: z.record(z.string(), digest),
  /** Bytes per second this node may send, or 0 for no limit. */
  maxBytesPerSecond: z.number().nonnegative(),
  /** Bytes that come out of one received byte when it is unpacked: they must fit beside it. */
  unpackFactor: z.number().nonnegative(),
});
export type OpenInput = z.infer<typeof openInputSchema>;

export const receiveInputSchema = z.strictObject({ parents: z.array(parentSchema).min(1) });

export const tryInputSchema = z.strictObject({ parent: parentSchema });

/** Names one blob of the plan. */
export const blobInputSchema = z.strictObject({ digest });

const layerSchema = z.strictObject({ digest, mediaType: z.string(), sizeBytes: z.int() });
export type SeedLayer = z.infer<typeof layerSchema>;

export const imageSchema = z.strictObject({
  /** Every name the image gets in containerd. */
  references: z.array(z.string()).min(1),
  manifest: z.strictObject({ digest, mediaType: z.string(), sizeBytes: z.int() }),
  config: z.strictObject({ digest, sizeBytes: z.int() }),
  layers: z.array(layerSchema),
  /** Whether it is unpacked as well, ahead of its first use. */
  unpack: z.boolean(),
});
export type SeedImage = z.infer<typeof imageSchema>;
export const imagesInputSchema = z.strictObject({ images: z.array(imageSchema) });

export const requestSchema = z.strictObject({ id: z.int(), op: z.string(), input: z.unknown() });

export const replySchema = z.union([
  z.strictObject({ id: z.int(), result: z.unknown() }),
  z.strictObject({
    id: z.int(),
    error: z.strictObject({
      code: z.string(),
      message: z.string(),
      hint: z.string(),
      retryable: z.boolean(),
    }),
  }),
]);

export const agentEventSchema = z.discriminatedUnion('event', [
  z.strictObject({
    event: z.literal('progress'),
    /** Bytes of the plan that are whole and verified here, whether held before or received now. */
    verifiedBytes: z.number(),
    /** Bytes that came over the network in this run. */
    receivedBytes: z.number(),
    sentBytes: z.number(),
    /** Groups that are complete here, counted from the boot set. */
    groupsDone: z.int(),
    parent: z.string(),
  }),
  z.strictObject({ event: z.literal('parent'), from: z.string(), to: z.string(), reason: z.string() }),
  z.strictObject({ event: z.literal('banned'), parent: z.string(), reason: z.string() }),
  z.strictObject({ event: z.literal('note'), text: z.string() }),
]);
export type AgentEvent = z.infer<typeof agentEventSchema>;

/** The result of an operation that has none. */
export const nothingSchema = z.null();

/** Results of the operations, checked by the caller. */
export const openResultSchema = z.strictObject({
  port,
  missing: z.array(z.strictObject({ digest, sizeBytes: z.int() })),
  /** The node's clock, milliseconds since 1970: certificates need it to be about right. */
  clockMs: z.number(),
  /** Of the interface that listens; absent where its driver does not tell. */
  linkMbits: z.int().optional(),
});
/** The first parent that answers, or none. */
export const reachResultSchema = z.strictObject({ reached: z.array(z.string()) });
/** What a peer gives at present, in bytes per millisecond; 0 when it gives nothing. */
export const tryResultSchema = z.strictObject({ bytesPerMs: z.number().nonnegative() });
/** Where a blob that comes by another way than from a peer is to be put, before it is judged. */
export const partResultSchema = z.strictObject({ path: z.string() });
export const receiveResultSchema = z.strictObject({
  receivedBytes: z.number(),
  receivedBlobs: z.int(),
  sentBytes: z.number(),
  resentBytes: z.number(),
  ms: z.number(),
  peakRssBytes: z.number(),
  cpuSeconds: z.number(),
});
export type ReceiveResult = z.infer<typeof receiveResultSchema>;
export const loadResultSchema = z.strictObject({
  adopted: z.int(),
  streamed: z.int(),
  present: z.int(),
  /** Images that stand unpacked, of those that were to be. */
  unpacked: z.int(),
  /** How long that took after all were loaded. */
  unpackMs: z.number(),
  /** All of it. */
  ms: z.number(),
});
export type LoadResult = z.infer<typeof loadResultSchema>;

/** What the node's machine is made of, word by word as it was read. */
export const factsResultSchema = z.array(z.strictObject({ key: z.string(), raw: z.string() }));
export type AgentFact = Readonly<z.infer<typeof factsResultSchema>[number]>;
