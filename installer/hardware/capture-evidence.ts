import type { JsonObject } from '../base/json.ts';
import type { Survey } from '../hosts/survey.ts';
import type { ToolOutput } from '../hosts/tool-outputs.ts';
import { disksOf, rawDisk } from './disks.ts';
import { leaveOut } from './leave-out.ts';
import { quantitiesOf } from './limits.ts';
import { linksOf } from './links.ts';

/** Told of parts, beside what belongs to the model: sizes of memory and disks, speeds and firmware of interfaces. */
const partKeys = ['memoryBytes', 'moduleBytes', 'disk', 'linkSpeed', 'linkDriver', 'linkFirmware'];

/**
 * What a model was captured from: every fact with its collector and the raw text, disks and interfaces too, and what the tools printed, with
 * their versions and digests. Serial numbers, addresses and names are of the one machine, and are left out everywhere.
 */
export function captureEvidence(
  survey: Survey,
  outputs: readonly ToolOutput[],
  modelKeys: readonly string[],
  at: Date,
): JsonObject {
  const clean = leaveOut(survey);
  const nicOf = (link: string): string =>
    survey.values('nic').find((line) => line.startsWith(`${link} `)) ?? '';
  return {
    capturedAt: at.toISOString(),
    // sysfs and proc are the kernel's own words.
    kernel: survey.facts.kernel,
    facts: survey.all
      .filter(({ key }) => modelKeys.includes(key) || partKeys.includes(key))
      .map(({ key, collector, raw, value }) => ({
        key,
        collector,
        raw: clean(raw),
        value: value === undefined ? null : clean(value),
      })),
    counted: { ...quantitiesOf(survey) },
    disks: disksOf(survey).map(({ name, sizeBytes, rotational, model, vendor }) => ({
      name,
      sizeBytes,
      rotational,
      model,
      vendor,
      collector: 'lsblk',
      raw: clean(rawDisk(survey, name) ?? ''),
    })),
    interfaces: linksOf(survey)
      .filter(({ physical }) => physical)
      .map(({ name, driver, speedMbits, firmware }) => ({
        name,
        driver,
        speedMbits,
        firmware,
        collector: survey.of('nic')[0]?.collector,
        raw: clean(nicOf(name)),
      })),
    outputs: outputs.map(({ collector, command, tool, text }) => ({
      collector,
      command,
      tool: tool === undefined ? null : { ...tool },
      text: clean(text),
    })),
  };
}
