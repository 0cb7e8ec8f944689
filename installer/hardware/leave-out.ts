import { type JsonValue, jsonOf } from '../base/json.ts';
import { knownText } from '../hosts/known-value.ts';
import type { Survey } from '../hosts/survey.ts';
import { disksOf } from './disks.ts';
import { addressesOf, linksOf } from './links.ts';

const mark = '(left out)';

/** In what tools print as JSON: serial numbers, world-wide names, and the time at which they were asked. */
const ownKey = /serial|wwn|uuid|eui64|nguid|guid|logical_unit_id|local_time|asset/i;
/** The same in lines of text; also what an owner may have written into the firmware. */
const ownLine = /^(\s*(?:[\w ]*Serial Number|UUID|Asset Tag|(?:Permanent|MAC|IP) address)\s*:\s*)(.*)$/gim;
/** Shorter words stand in too many other places. */
const shortest = 4;

/**
 * Takes out of a text what belongs to the one machine and not to its model: what stands under a telling name, and what the survey knows of the
 * machine wherever it stands. Words that say nothing ("Not Specified") stay: they are evidence, too.
 */
export function leaveOut(survey: Survey): (text: string) => string {
  const words = ownWords(survey).map((word) => word.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const own = words.length === 0 ? undefined : new RegExp(`(?<![\\w])(?:${words.join('|')})(?![\\w])`, 'gi');
  const swept = (text: string): string => (own === undefined ? text : text.replaceAll(own, mark));
  return (text) => {
    const json = parsed(text);
    if (json !== undefined) return swept(JSON.stringify(withoutOwn(json)));
    return swept(
      text.replaceAll(ownLine, (line, head: string, value: string) =>
        knownText(value) === undefined ? line : `${head}${mark}`,
      ),
    );
  };
}

function ownWords(survey: Survey): readonly string[] {
  const keys = ['system.serial', 'system.uuid', 'board.serial', 'chassis.serial', 'machineId'];
  const disks = disksOf(survey).flatMap((disk) => [
    disk.serial,
    disk.wwn,
    disk.wwnWithExtension,
    disk.wwnVendorExtension,
  ]);
  const told = [
    ...keys.flatMap((key) => survey.values(key)),
    ...disks,
    ...linksOf(survey).map(({ mac }) => mac),
    ...addressesOf(survey).filter((address) => address !== '127.0.0.1'),
    survey.facts.hostname,
  ];
  return [...new Set(told.filter((word) => word !== undefined && word.length >= shortest))] as string[];
}

function withoutOwn(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withoutOwn);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [
    key,
    ownKey.test(key) && inner !== null && inner !== '' ? mark : withoutOwn(inner as JsonValue),
  ]);
  return Object.fromEntries(entries) as JsonValue;
}

/** Only whole objects and lists: a number alone is text. */
function parsed(text: string): JsonValue | undefined {
  return /^\s*[{[]/.test(text) ? (jsonOf(text) as JsonValue | undefined) : undefined;
}
