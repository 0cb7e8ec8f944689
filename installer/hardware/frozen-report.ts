import { join } from 'node:path';
import { z } from 'zod';
import { PerimeterError } from '../base/errors.ts';
import { readFileIfThere, writeFileAtomic } from '../base/files.ts';
import type { Signer } from '../base/signature.ts';
import { formatStatement, readStatement, type SignedStatement } from '../bundle/statements.ts';
import { requireTrusted, trustOfSite } from '../bundle/trust.ts';
import type { Site } from '../site/site.ts';
import { MachineReport } from './machine-report.ts';

const kind = 'perimeter.hardware-report/1';
const FrozenReport = z.strictObject({
  kind: z.literal(kind),
  site: z.string(),
  at: z.string(),
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
): Promise<string> {
  const file = join(site.directory, frozenReportFile);
  requireSigner(site, file, signer.fingerprint);
  const report: FrozenReport = { kind, site: site.name, at: at.toISOString(), machines: [...machines] };
  await writeFileAtomic(file, formatStatement(report, signer));
  return file;
}

/** Undefined when nothing was frozen. Raises E_STATEMENT_INVALID, E_KEY_UNKNOWN or E_KEY_EXPIRED for a report that cannot be believed. */
export async function readFrozenReport(site: Site): Promise<SignedStatement<FrozenReport> | undefined> {
  const file = join(site.directory, frozenReportFile);
  const text = await readFileIfThere(file);
  if (text === undefined) return undefined;
  const statement = readStatement(text, FrozenReport, `The hardware report ${file}`);
  requireSigner(site, file, statement.fingerprint);
  if (statement.payload.site === site.name) return statement;
  throw new PerimeterError('E_STATEMENT_INVALID', {
    message: `The hardware report ${file} is that of site ${statement.payload.site}.`,
    hint: `Take it out of the folder, or freeze anew: perimeter hardware freeze ${site.directory}`,
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
