import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Digest, digestOf } from '../base/digest.ts';
import { isPerimeterError, PerimeterError } from '../base/errors.ts';
import { readFileIfThere, writeFileAtomic } from '../base/files.ts';
import type { Signer } from '../base/signature.ts';
import { formatStatement, readStatement, type SignedStatement } from '../bundle/statements.ts';
import { requireTrusted, trustOfSite } from '../bundle/trust.ts';
import type { Site } from '../site/site.ts';
import { readFrozenMark, removeFrozenMark, writeFrozenMark } from './frozen-mark.ts';
import { MachineReport } from './machine-report.ts';

const kind = 'perimeter.hardware-report/1';
const FrozenReport = z.strictObject({
  kind: z.literal(kind),
  site: z.string(),
  at: z.iso.datetime(),
  machines: z.array(MachineReport),
});
export type FrozenReport = z.output<typeof FrozenReport>;

/** In the site folder. */
const frozenReportFile = 'hardware-report.json';

/** Signs what the machines are made of and keeps it in the site folder. Raises E_KEY_UNKNOWN when the site would not believe the signer. */
export async function freezeReport(
  site: Site,
  machines: readonly MachineReport[],
  signer: Signer,
  at: Date,
): Promise<{ readonly file: string; readonly digest: Digest }> {
  const file = join(site.directory, frozenReportFile);
  requireSigner(site, file, signer.fingerprint);
  const report: FrozenReport = { kind, site: site.name, at: at.toISOString(), machines: [...machines] };
  const text = formatStatement(report, signer);
  const { digest } = readStatement(text, FrozenReport, `The hardware report ${file}`);
  await writeFileAtomic(file, text);
  await writeFrozenMark(site, { digest, at: report.at });
  return { file, digest };
}

/**
 * Undefined when nothing was frozen. Raises E_STATEMENT_INVALID, E_KEY_UNKNOWN or E_KEY_EXPIRED for a report that cannot be believed,
 * that is gone, or that is older than the one which the site had last.
 */
export async function readFrozenReport(site: Site): Promise<SignedStatement<FrozenReport> | undefined> {
  const file = join(site.directory, frozenReportFile);
  const text = await readFileIfThere(file);
  const mark = await readFrozenMark(site);
  if (text === undefined) {
    if (mark === undefined) return undefined;
    throw untrue(site, `${file} is gone; the machines were frozen on ${mark.at} (${mark.digest})`);
  }
  const statement = readStatement(text, FrozenReport, `The hardware report ${file}`);
  requireSigner(site, file, statement.fingerprint);
  const { payload, digest } = statement;
  if (payload.site !== site.name) throw untrue(site, `${file} is that of site ${payload.site}`);
  // A newer one was made by whoever else may sign; an older one was true once.
  if (mark !== undefined && digest !== mark.digest && Date.parse(payload.at) <= Date.parse(mark.at))
    throw untrue(site, `${file} is of ${payload.at}, but the machines were frozen on ${mark.at}`);
  return statement;
}

/** Keeps in mind which report there is, for those who change the site: one that came from elsewhere cannot vanish later, either. */
export async function rememberFrozenReport(site: Site): Promise<void> {
  try {
    const statement = await readFrozenReport(site);
    if (statement !== undefined)
      await writeFrozenMark(site, { digest: statement.digest, at: statement.payload.at });
  } catch (error) {
    // A report that cannot be believed is for the check of the hosts to tell, with everything else.
    if (!isPerimeterError(error)) throw error;
  }
}

/** What is known of the last report, believable or not. */
export interface FrozenTrace {
  /** Of the report, as freezing told it. */
  readonly digest?: Digest;
  readonly at?: string;
  /** Of the file, where nobody can say any more which report it was. */
  readonly fileDigest?: Digest;
}

/** Undefined where nothing was frozen: there is no report, and none was there before. */
export async function frozenTrace(site: Site): Promise<FrozenTrace | undefined> {
  const mark = await readFrozenMark(site);
  if (mark !== undefined) return mark;
  const file = join(site.directory, frozenReportFile);
  const text = await readFileIfThere(file);
  if (text === undefined) return undefined;
  try {
    const { digest, payload } = readStatement(text, FrozenReport, `The hardware report ${file}`);
    return { digest, at: payload.at };
  } catch (error) {
    if (!isPerimeterError(error)) throw error;
    return { fileDigest: digestOf(text) };
  }
}

/** From now on no machine is held against a report. */
export async function forgetFrozenReport(site: Site): Promise<void> {
  await removeFrozenMark(site);
  await rm(join(site.directory, frozenReportFile), { force: true });
}

function untrue({ directory }: Site, what: string): PerimeterError {
  return new PerimeterError('E_STATEMENT_INVALID', {
    message: `The hardware report ${what}.`,
    hint: `Put the right one back, or look at the machines and freeze them anew: perimeter hardware freeze ${directory}
To give freezing up on purpose, which the journal keeps: perimeter hardware unfreeze ${directory} --reason "WHY"`,
  });
}

function requireSigner(site: Site, file: string, fingerprint: string): void {
  const trust = trustOfSite(site);
  const howToTrust =
    'Sign with a key that site.yaml names (trust.bundleKeys or trust.importerKeys): --signing-key NAME. To see keys: perimeter bundle key --help';
  requireTrusted(`The hardware report ${file}`, [fingerprint], {
    ...trust,
    keys: [...trust.keys, ...site.trust.importerKeys],
    howToTrust,
  });
}
