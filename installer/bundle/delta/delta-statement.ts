import { z } from 'zod';
import { type Digest, isDigest } from '../../base/digest.ts';
import { PerimeterError } from '../../base/errors.ts';
import type { Signer } from '../../base/signature.ts';
import type { Site } from '../../site/site.ts';
import { formatStatement, readStatement } from '../trust/signed-statement.ts';
import { type BundleTrust, requireTrusted } from '../trust.ts';
import { readLayoutFile, type ScannedLayout } from '../verify/scan-layout.ts';

/** In a delta, beside index.json: says that the blobs which are not here lie in the store already. */
export const deltaFile = 'delta.json';
const kind = 'perimeter.delta/1';

const digest = z.string().refine((text): text is Digest => isDigest(text), 'is not a sha256 digest');
const deltaSchema = z.strictObject({
  kind: z.literal(kind),
  bundle: digest,
  /** Digest of the bundle that the site has. */
  against: digest,
  site: z.string(),
  /** How many blobs are carried, and how many the store must have. */
  carried: z.int(),
  expected: z.int(),
});

export function formatDelta(about: Omit<z.infer<typeof deltaSchema>, 'kind'>, signer: Signer): string {
  return formatStatement({ kind, ...about }, signer);
}

/** Refuses a delta that was made for another site or of another bundle, or whose words nobody trusted signed. */
export function requireFittingDelta(
  source: ScannedLayout,
  bundle: Digest,
  site: Site,
  trust: BundleTrust,
): void {
  const file = source.files.get(deltaFile);
  if (file === undefined) return;
  const { payload, fingerprint } = readStatement(
    String(readLayoutFile(file)),
    deltaSchema,
    'What the delta says of itself',
  );
  requireTrusted('The delta', [fingerprint], trust);
  const wrong = [
    ...(payload.bundle === bundle
      ? []
      : [`it says that it is of ${payload.bundle}, but its index is of ${bundle}`]),
    ...(payload.site === site.name
      ? []
      : [`it was made for the site "${payload.site}", not for "${site.name}"`]),
  ];
  if (wrong.length === 0) return;
  throw new PerimeterError('E_DELTA_MISFIT', {
    message: `The delta does not fit: ${wrong.join('; ')}`,
    hint: 'Have one made against what this site has now: perimeter site have, then perimeter bundle delta',
  });
}
