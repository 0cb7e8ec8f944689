import { type Drift, isDrifted, type NodeDrift } from '../actions/drift.ts';
import { count } from '../base/units.ts';
import { describePlan, isEmpty } from '../engine/plan.ts';
import type { AuditedChange } from '../parts/watch/audit-trail.ts';
import type { NoticedDifference } from '../parts/watch/read-watch.ts';

/** What was found, in words, and what was or would be done about it. */
export function describeDrift(before: Drift, after: Drift, act: 'look' | 'heal' | 'accept'): string {
  const { site } = before.plan;
  if (!isDrifted(before)) {
    const blind = before.nodes.filter(({ recorded }) => !recorded).map(({ node }) => node);
    const hosts = count(before.nodes.length, 'host');
    return `Site ${site.name}: ${hosts} below Kubernetes as declared.\n${notRecorded(blind)}`;
  }
  const parts = [found(before)];
  if (act === 'look') parts.push(`What --heal would do:\n${describePlan(before.plan)}`);
  else {
    parts.push(
      act === 'heal'
        ? `Put right:\n${describePlan(before.plan)}`
        : 'Accepted; the journal of the site has it.\n',
    );
    parts.push(isDrifted(after) ? `Still there:\n\n${found(after)}` : 'Now everything is as declared.\n');
  }
  return parts.join('\n');
}

function found({ nodes, plan }: Drift): string {
  const differences = nodes.reduce((sum, { differences: own }) => sum + own.length, 0);
  const drifted = nodes.filter((node) => node.differences.length > 0);
  const lines =
    differences === 0
      ? [`Site ${plan.site.name}: nothing differs from what was recorded.`]
      : [
          `Site ${plan.site.name}: ${count(differences, 'difference')} on ${drifted.length} of ${count(nodes.length, 'host')}.`,
        ];
  lines.push(...nodeLines(nodes));
  const blind = nodes.filter((node: NodeDrift) => !node.recorded).map(({ node }) => node);
  return `${lines.join('\n')}\n${notRecorded(blind)}${isEmpty(plan) ? '' : '\n'}`;
}

/** Of every node that noticed something: what, wanted, found, when and by whom. */
export function nodeLines(nodes: readonly NodeDrift[]): readonly string[] {
  return nodes
    .filter(({ differences }) => differences.length > 0)
    .flatMap(({ node, differences }) => ['', node, ...differences.flatMap(differenceLines)]);
}

function notRecorded(nodes: readonly string[]): string {
  if (nodes.length === 0) return '';
  return `Not recorded yet on ${nodes.join(', ')}: perimeter install has not come to its end there.\n`;
}

function differenceLines(difference: NoticedDifference): readonly string[] {
  const { kind, name, wanted, found: is } = difference;
  return [
    `  ${kind} ${name}`,
    `    wanted  ${shortened(wanted)}`,
    `    found   ${shortened(is)}`,
    `    when    ${whenWords(difference)}`,
    ...(difference.audited === undefined ? [] : [`    who     ${whoWords(difference.audited)}`]),
  ];
}

/** What is known about the time, best first. */
function whenWords({ changedMs, firstSeenMs, lastGoodMs, lastLogin }: NoticedDifference): string {
  const words = [
    ...(changedMs === undefined ? [] : [`changed ${timeOf(changedMs)}`]),
    ...(lastGoodMs === undefined ? [] : [`as recorded at ${timeOf(lastGoodMs)}`]),
    ...(firstSeenMs === undefined ? [] : [`first seen ${timeOf(firstSeenMs)}`]),
    ...(lastLogin === undefined ? [] : [`last log-in before: ${lastLogin}`]),
  ];
  return words.length === 0 ? 'not known' : words.join('; ');
}

/** "kim as root with /usr/bin/python3.11 (deploy), at 2026-03-01T10:00:00Z in the audit log". */
function whoWords({ login, user, program, command, atMs }: AuditedChange): string {
  const who =
    login === undefined ? `${user} without a log-in` : login === user ? user : `${login} as ${user}`;
  // The kernel keeps fifteen letters of what a process calls itself.
  const isProgram = program.slice(program.lastIndexOf('/') + 1).startsWith(command);
  const script = isProgram ? '' : ` (${command})`;
  return `${who} with ${program}${script}, at ${timeOf(atMs)} in the audit log`;
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** A digest's first twelve digits tell two contents apart. */
function shortened(value: string): string {
  return value === 'absent'
    ? 'nothing there'
    : value.replace(/^sha256:([0-9a-f]{12})[0-9a-f]*/, 'content $1,');
}
