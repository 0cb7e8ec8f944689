import { randomBytes } from 'node:crypto';
import { userInfo } from 'node:os';
import type { Digest } from '../base/digest.ts';
import { PerimeterError } from '../base/errors.ts';
import type { JsonObject } from '../base/json.ts';
import type { Signer } from '../base/signature.ts';
import { openJournal } from '../engine/journal.ts';
import { withSiteLock } from '../engine/site-lock.ts';
import { compareCollectors } from '../hardware/collectors.ts';
import {
  type FrozenTrace,
  forgetFrozenReport,
  freezeReport,
  frozenTrace,
} from '../hardware/frozen-report.ts';
import { type MachineReport, machineReport } from '../hardware/machine-report.ts';
import type { Site } from '../site/site.ts';
import { type SurveyOptions, surveySite } from './survey-site.ts';

export interface FrozenHardware {
  readonly file: string;
  readonly digest: Digest;
  readonly machines: readonly MachineReport[];
  /** Where collectors tell different things of a machine: what was written down may be wrong. */
  readonly doubts: readonly { readonly node: string; readonly differences: readonly string[] }[];
}

/** Looks at all machines of a site, and writes down, signed, what they are made of. */
export async function freezeHardware(
  site: Site,
  signer: Signer,
  options: Omit<SurveyOptions, 'only'>,
): Promise<FrozenHardware> {
  return await withSiteLock(site, 'hardware freeze', async () => {
    const surveyed = await surveySite(site, options);
    const machines = surveyed.map(({ node, survey }) => machineReport(node.name, survey));
    const { file, digest } = await freezeReport(site, machines, signer, new Date());
    await record(site, 'hardware freeze', {
      event: 'hardware-frozen',
      digest,
      machines: machines.length,
      key: signer.fingerprint,
    });
    const doubts = surveyed.flatMap(({ node, survey }) => {
      const { differences } = compareCollectors(survey);
      return differences.length === 0 ? [] : [{ node: node.name, differences }];
    });
    return { file, digest, machines, doubts };
  });
}

/** Gives freezing up, on purpose: the journal keeps what was frozen, and why it is no longer. Raises E_USAGE where nothing was. */
export async function unfreezeHardware(site: Site, reason: string): Promise<FrozenTrace> {
  return await withSiteLock(site, 'hardware unfreeze', async () => {
    const trace = await frozenTrace(site);
    if (trace === undefined) {
      throw new PerimeterError('E_USAGE', {
        message: `The machines of site ${site.name} are not frozen.`,
        hint: `There is nothing to give up. To freeze them: perimeter hardware freeze ${site.directory}`,
      });
    }
    await record(site, 'hardware unfreeze', { event: 'hardware-unfrozen', ...trace, reason });
    await forgetFrozenReport(site);
    return trace;
  });
}

async function record(
  site: Site,
  verb: string,
  entry: { readonly event: string } & JsonObject,
): Promise<void> {
  const journal = await openJournal(site.directory, { id: randomBytes(4).toString('hex'), verb });
  await journal.record({ ...entry, by: userInfo().username });
}
