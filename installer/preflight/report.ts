import { count } from '../base/units.ts';
import type { CheckStatus } from './check.ts';
import { type CheckResult, isFinding } from './judge-site.ts';

const order: readonly CheckStatus[] = ['error', 'fail', 'warn', 'waived', 'unknown', 'pass'];
const words: Readonly<Record<CheckStatus, string>> = {
  error: 'ERROR',
  fail: 'FAIL',
  warn: 'warn',
  waived: 'waived',
  unknown: 'unknown',
  pass: 'pass',
};

export type StatusCounts = Readonly<Record<CheckStatus, number>>;

export function countStatuses(results: readonly CheckResult[]): StatusCounts {
  const number = (status: CheckStatus): number => results.filter((one) => one.status === status).length;
  return Object.fromEntries(order.map((status) => [status, number(status)])) as unknown as StatusCounts;
}

/**
 * All that was found, for a person: the worst first, hosts with the same finding together. What was found right, and what the
 * machines do not tell, is counted; `everything` shows each.
 */
export function describeResults(results: readonly CheckResult[], everything: boolean): string {
  const shown = results.filter((one) => everything || isFinding(one));
  const blocks = order.flatMap((status) => {
    const of = shown.filter((one) => one.status === status);
    return [...Map.groupBy(of, sameFinding).values()].map(describeTogether);
  });
  const untold = results.filter((one) => one.status === 'unknown' && !isFinding(one));
  const ids = [...new Set(untold.map(({ check }) => check))];
  const hidden =
    everything || ids.length === 0
      ? []
      : [`Not told by the machines (neither good nor bad; --all says why): ${ids.join(', ')}.`];
  return [...blocks, ...hidden, describeCounts(countStatuses(results))].join('\n');
}

function sameFinding({ check, observed, wanted, remedy, waiver }: CheckResult): string {
  return JSON.stringify([check, observed, wanted, remedy, waiver?.ticket]);
}

function describeTogether(together: readonly CheckResult[]): string {
  const [first] = together;
  if (first === undefined) return '';
  const nodes = together.flatMap(({ node }) => node ?? []);
  const place = nodes.length === 0 ? 'site' : nodes.join(', ');
  const lines = [
    `${words[first.status].padEnd(8)}${first.check}  ${first.title}: ${place}`,
    `          seen    ${first.observed}`,
  ];
  if (first.status === 'pass') return lines.join('\n');
  lines.push(`          wanted  ${first.wanted}`);
  const { waiver, expired } = first;
  if (waiver !== undefined) {
    lines.push(`          waived  ${waiver.reason} (${waiver.ticket}, until ${waiver.expires})`);
    return lines.join('\n');
  }
  lines.push(`          do      ${first.remedy}`);
  if (expired !== undefined)
    lines.push(`          waiver  ${expired.ticket} expired on ${expired.expires} and no longer counts`);
  return lines.join('\n');
}

function describeCounts(counts: StatusCounts): string {
  const parts = order.toReversed().filter((status) => counts[status] > 0);
  const total = Object.values(counts).reduce((sum, number) => sum + number, 0);
  return `${count(total, 'result')}: ${parts.map((status) => `${counts[status]} ${words[status].toLowerCase()}`).join(', ')}.`;
}
