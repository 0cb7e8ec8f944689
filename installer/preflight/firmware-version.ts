import type { FirmwareVersions } from '../hardware/model-file.ts';
import type { Judgement } from './check.ts';
import { fail, pass, unknown, warn } from './judgements.ts';

/** A version against what the model file says of that firmware. What nobody tried is neither good nor bad. */
export function judgeVersion(
  version: string,
  versions: FirmwareVersions | undefined,
  name: 'bios' | 'bmc',
): Judgement {
  const { approved = [], bad = [] } = versions ?? {};
  if (bad.includes(version)) return fail(`${version}, which is known to be bad`);
  if (approved.length === 0)
    return unknown(`${version}; no version is approved for this model`, {
      remedy: `Try one, and name it in the model file: firmware: {${name}: {approved: ["${version}"], provenance: supplied, source: WHERE IT IS SAID}}. Which model it is: perimeter hardware match SITE`,
    });
  return approved.includes(version)
    ? pass(version)
    : warn(version, { wanted: `one of ${approved.join(', ')}` });
}
