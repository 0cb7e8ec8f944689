import { messageOf } from '../base/errors.ts';
import { isExpired, type Waiver } from '../site/waivers.ts';
import type { Check, CheckStatus, PlacedJudgement, SiteSubject } from './check.ts';

/** One finding, or one thing found right, as it stands in every report. */
export interface CheckResult {
  readonly check: string;
  readonly title: string;
  /** Absent when it is about the site as a whole. */
  readonly node?: string;
  readonly status: CheckStatus;
  readonly observed: string;
  readonly wanted: string;
  readonly remedy: string;
  readonly required: boolean;
  /** What could not be found out counts like what was found bad. */
  readonly mustBeKnown?: true;
  readonly waiver?: Waiver;
  /** A waiver that would have covered it, but is over. */
  readonly expired?: Waiver;
}

/** Judges what was seen by every check of the table. Never throws: a check that breaks is a result of its own, `error`. */
export function judgeSite(subject: SiteSubject, table: readonly Check[]): readonly CheckResult[] {
  return table.flatMap((check) =>
    judgementsOf(check, subject).map((judged) => asResult(check, judged, subject)),
  );
}

function judgementsOf(check: Check, subject: SiteSubject): readonly (PlacedJudgement | BrokenJudgement)[] {
  if (check.scope !== 'node') return guarded(() => check.judge(subject));
  return subject.nodes.flatMap((one) =>
    guarded(() => [check.judge(one)]).map((judged) => ({ ...judged, node: one.node.name })),
  );
}

type BrokenJudgement = Omit<PlacedJudgement, 'status'> & { readonly status: 'error' };

function guarded(judge: () => readonly PlacedJudgement[]): readonly (PlacedJudgement | BrokenJudgement)[] {
  try {
    return judge();
  } catch (error) {
    return [{ status: 'error', observed: `the check itself broke: ${messageOf(error)}` }];
  }
}

function asResult(
  check: Check,
  judged: PlacedJudgement | BrokenJudgement,
  { site, now }: SiteSubject,
): CheckResult {
  const result: CheckResult = {
    check: check.id,
    title: check.title,
    ...(judged.node === undefined ? {} : { node: judged.node }),
    status: judged.status,
    observed: judged.observed,
    wanted: judged.wanted ?? check.wanted,
    remedy: judged.remedy ?? check.remedy,
    required: check.required === true,
    ...(check.mustBeKnown === undefined ? {} : { mustBeKnown: check.mustBeKnown }),
  };
  if (!isFinding(result) || check.never === 'waived') return result;
  const covering = site.waivers.filter(
    (waiver) => waiver.check === check.id && (waiver.node === undefined || waiver.node === judged.node),
  );
  const valid = covering.find((waiver) => !isExpired(waiver, now));
  if (valid !== undefined) return { ...result, status: 'waived', waiver: valid };
  const [over] = covering;
  return over === undefined ? result : { ...result, expired: over };
}

/** What keeps a site from being installed: what failed, what the check broke on, and what had to be known and is not. */
export function blocking(results: readonly CheckResult[]): readonly CheckResult[] {
  return results.filter(
    ({ status, mustBeKnown }) =>
      status === 'fail' || status === 'error' || (status === 'unknown' && mustBeKnown === true),
  );
}

/** Whether a person has to hear of it unasked. */
export function isFinding({ status, mustBeKnown }: CheckResult): boolean {
  return status === 'unknown' ? mustBeKnown === true : status !== 'pass';
}

/** `n1: memory (HW-MEM-01): 2048 MiB, wanted at least 4096 MiB. Add memory, ...` */
export function describeResult(result: CheckResult): string {
  const place = result.node === undefined ? '' : `${result.node}: `;
  const over =
    result.expired === undefined
      ? ''
      : ` The waiver ${result.expired.ticket} expired on ${result.expired.expires}.`;
  return `${place}${result.title} (${result.check}): ${result.observed}, wanted ${result.wanted}. ${result.remedy}${over}`;
}
