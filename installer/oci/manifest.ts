import { z } from 'zod';
import { type Digest, isDigest } from '../base/digest.ts';
import { PerimeterError } from '../base/errors.ts';
import { jsonOf } from '../base/json.ts';
import { mediaTypes } from './media-types.ts';

export interface OciDescriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface ImageManifest {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly config: OciDescriptor;
  readonly layers: readonly OciDescriptor[];
  /** The manifest that this one says something about. */
  readonly subject?: OciDescriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface OciIndex {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly manifests: readonly (OciDescriptor & {
    readonly artifactType?: string;
    readonly platform?: { readonly os: string; readonly architecture: string; readonly variant?: string };
  })[];
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What a runnable image says about itself. Only the fields that this product writes and reads. */
export interface ImageConfig {
  readonly created: string;
  readonly architecture: string;
  readonly os: string;
  readonly config: {
    readonly User?: string;
    readonly Entrypoint?: readonly string[];
    readonly Cmd?: readonly string[];
    readonly Env?: readonly string[];
    readonly WorkingDir?: string;
    readonly Labels?: Readonly<Record<string, string>>;
  };
  readonly rootfs: { readonly type: 'layers'; readonly diff_ids: readonly Digest[] };
}

const annotations = z.record(z.string(), z.string()).optional();
const descriptor = z.object({
  mediaType: z.string(),
  digest: z.string().refine((text) => isDigest(text), 'is not a sha256 digest'),
  size: z.int().nonnegative(),
  annotations,
});
const platform = z.object({ os: z.string(), architecture: z.string(), variant: z.string().optional() });
/** OCI lets a manifest say its type or leave it out. */
const manifestType = z.string().default(mediaTypes.manifest);
const manifestSchema = z.object({
  schemaVersion: z.literal(2),
  mediaType: manifestType,
  artifactType: z.string().optional(),
  config: descriptor,
  layers: z.array(descriptor),
  subject: descriptor.optional(),
  annotations,
});
const indexSchema = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.string().default(mediaTypes.index),
  manifests: z.array(
    descriptor.extend({ artifactType: z.string().optional(), platform: platform.optional() }),
  ),
  annotations,
});
const configSchema = z.object({
  created: z.string(),
  architecture: z.string(),
  os: z.string(),
  config: z.object({
    User: z.string().optional(),
    Entrypoint: z.array(z.string()).optional(),
    Cmd: z.array(z.string()).optional(),
    Env: z.array(z.string()).optional(),
    WorkingDir: z.string().optional(),
    Labels: z.record(z.string(), z.string()).optional(),
  }),
  rootfs: z.object({ type: z.literal('layers'), diff_ids: z.array(z.string()) }),
});

/** Reads a manifest; `what` names it in the error (E_BUNDLE_DAMAGED). */
export function parseManifest(text: string, what: string): ImageManifest {
  return parse(manifestSchema, text, what) as ImageManifest;
}

export function parseIndex(text: string, what: string): OciIndex {
  return parse(indexSchema, text, what) as OciIndex;
}

export function parseImageConfig(text: string, what: string): ImageConfig {
  return parse(configSchema, text, what) as ImageConfig;
}

function parse(schema: z.ZodType, text: string, what: string): unknown {
  const result = schema.safeParse(jsonOf(text));
  if (result.success) return result.data;
  throw new PerimeterError('E_BUNDLE_DAMAGED', {
    message: `${what} is not what the OCI specification asks for`,
    hint: 'Carry in again what it comes from, and compare it with the original by sha256sum.',
    findings: result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
  });
}
