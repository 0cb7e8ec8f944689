import { join } from 'node:path';
import { z } from 'zod';
import { isDigest } from '../base/digest.ts';
import { PerimeterError } from '../base/errors.ts';
import { readFileIfThere, writeFileAtomic } from '../base/files.ts';
import type { Site } from '../site/site.ts';
import type { OpenBundle } from './bundle.ts';
import { readDowngrade } from './downgrade.ts';

/**
 * Which bundle a site took last, so that nobody brings an older one in unseen: it may hold what was mended since. Kept in the
 * site folder; a bundle with a lower sequence is refused unless a signed downgrade lets it through, once.
 */
const acceptedSchema = z.strictObject({
  current: z.strictObject({
    sequence: z.int(),
    version: z.string(),
    digest: z.string().refine(isDigest),
    at: z.string(),
  }),
  downgrades: z.array(
    z.strictObject({
      statement: z.string(),
      from: z.string(),
      to: z.string(),
      reason: z.string(),
      key: z.string(),
      at: z.string(),
    }),
  ),
});
type Accepted = z.infer<typeof acceptedSchema>;

/** A signed statement by which an older bundle came in. */
export interface UsedDowngrade {
  /** Digest of the statement. */
  readonly statement: string;
  readonly reason: string;
  /** Fingerprint of the key that signed it. */
  readonly key: string;
}

/** What comes of letting a bundle in: to be written down by those who change the site. */
export interface Admission {
  /** A sentence worth telling: a downgrade was used. */
  readonly note?: string;
  readonly downgrade?: UsedDowngrade;
  record(): Promise<void>;
}

/**
 * Holds a bundle against what the site took before. Raises E_BUNDLE_OLDER, E_STATEMENT_INVALID for a downgrade that is about
 * something else or was used before, E_KEY_UNKNOWN or E_KEY_EXPIRED for one that no trusted key signed. Writes nothing.
 */
export async function admitBundle(
  site: Site,
  bundle: Pick<OpenBundle, 'path' | 'digest' | 'version' | 'sequence'>,
  downgradeFile?: string,
): Promise<Admission> {
  const accepted = await readAccepted(site.directory);
  const { digest, version, sequence } = bundle;
  const current = { sequence, version, digest, at: new Date().toISOString() };
  const record = (next: Accepted) => async () =>
    await writeFileAtomic(fileOf(site.directory), `${JSON.stringify(next, undefined, 2)}\n`);
  if (accepted === undefined) return { record: record({ current, downgrades: [] }) };
  if (sequence >= accepted.current.sequence) {
    const isSame = accepted.current.digest === digest;
    return { record: isSame ? async () => {} : record({ ...accepted, current }) };
  }
  if (downgradeFile === undefined) throw older(site, bundle, accepted);
  const statement = await readDowngrade(downgradeFile, site, bundle, accepted.current);
  if (accepted.downgrades.some((one) => one.statement === statement.digest))
    throw new PerimeterError('E_STATEMENT_INVALID', {
      message: `The downgrade ${downgradeFile} was used before; each lets one bundle through once`,
      hint: 'Have a new one signed: perimeter bundle downgrade --help',
    });
  const { reason } = statement.payload;
  const downgrade = { statement: statement.digest, reason, key: statement.fingerprint };
  const used = { ...downgrade, from: accepted.current.digest, to: digest, at: current.at };
  return {
    note: `an older bundle is let through by a signed downgrade: ${reason}`,
    downgrade,
    record: record({ current, downgrades: [...accepted.downgrades, used] }),
  };
}

/** The bundle that the site took last; undefined when it took none. */
export async function acceptedBundle(siteDirectory: string): Promise<Accepted['current'] | undefined> {
  return (await readAccepted(siteDirectory))?.current;
}

async function readAccepted(siteDirectory: string): Promise<Accepted | undefined> {
  const text = await readFileIfThere(fileOf(siteDirectory));
  if (text === undefined) return undefined;
  try {
    return acceptedSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new PerimeterError('E_SITE_INVALID', {
      message: `${fileOf(siteDirectory)} cannot be understood: it keeps older bundles out and is written by the program alone`,
      hint: 'Take it from a backup of the site folder. Without one, remove it, and make sure yourself that the next bundle is the newest.',
      cause,
    });
  }
}

function fileOf(siteDirectory: string): string {
  return join(siteDirectory, '.perimeter', 'accepted-bundles.json');
}

function older(
  site: Site,
  bundle: Pick<OpenBundle, 'path' | 'version' | 'sequence'>,
  { current }: Accepted,
): PerimeterError {
  return new PerimeterError('E_BUNDLE_OLDER', {
    message: `The bundle ${bundle.path} (version ${bundle.version}, sequence ${bundle.sequence}) is older than the one that site ${site.name} took on ${current.at} (version ${current.version}, sequence ${current.sequence})`,
    hint: `Use the newer bundle. If the older one is really wanted, let it be signed for, by a key of site.yaml, and hand that in:\n  perimeter bundle downgrade ${bundle.path} --site ${site.directory} --reason "WHY" --out downgrade.json\n  perimeter install ${site.directory} --bundle ${bundle.path} --downgrade downgrade.json`,
  });
}
