import { z } from 'zod';
import { type Digest, isDigest } from '../../base/digest.ts';

/** In a delta, beside index.json: says that the blobs which are not here lie in the store already. */
export const deltaFile = 'delta.json';
export const deltaKind = 'perimeter.delta/1';

const digest = z.string().refine((text): text is Digest => isDigest(text), 'is not a sha256 digest');
export const deltaSchema = z.strictObject({
  kind: z.literal(deltaKind),
  bundle: digest,
  /** Digest of the bundle that the site has. */
  against: digest,
  site: z.string(),
  /** How many blobs are carried, and how many the store must have. */
  carried: z.int(),
  expected: z.int(),
});
