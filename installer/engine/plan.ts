import type { Digest } from '../base/digest.ts';
import { count, formatBytes, formatDuration } from '../base/units.ts';
import type { Change, Estimate } from './phase.ts';

export interface PlannedTarget {
  readonly name: string;
  readonly changes: readonly Change[];
}

export interface PlannedPhase {
  readonly name: string;
  readonly title: string;
  readonly targets: readonly PlannedTarget[];
  /** Why this phase could not look yet; its changes are then not known. */
  readonly unknown?: string;
  /** Absent when there is nothing to do, or nobody knows. */
  readonly estimate?: Estimate | undefined;
}

/** What would be done, as plain data: printed, saved, compared. Holds references to secrets, never secrets. */
export interface PlanDocument {
  readonly planVersion: 1;
  readonly site: { readonly name: string; readonly digest: Digest };
  readonly bundle: { readonly version: string; readonly digest: Digest };
  readonly phases: readonly PlannedPhase[];
}

export function changeCount(plan: Pick<PlanDocument, 'phases'>): number {
  return plan.phases
    .flatMap((phase) => phase.targets)
    .reduce((sum, target) => sum + target.changes.length, 0);
}

export function isEmpty(plan: Pick<PlanDocument, 'phases'>): boolean {
  return changeCount(plan) === 0 && plan.phases.every((phase) => phase.unknown === undefined);
}

/** The plan in sentences. The same sentence for several targets is written once. */
export function describePlan(plan: PlanDocument): string {
  if (isEmpty(plan)) return `Site ${plan.site.name}: nothing to do, everything is as declared.\n`;
  const lines = [
    `Site ${plan.site.name}, bundle ${plan.bundle.version}: ${count(changeCount(plan), 'change')}.`,
  ];
  for (const phase of plan.phases) {
    const sentences = groupSentences(phase.targets);
    if (sentences.length === 0 && phase.unknown === undefined) continue;
    lines.push('', `${phase.title} (${phase.name})`);
    if (phase.unknown !== undefined) lines.push(`  not known yet: ${phase.unknown}`);
    for (const { sentence, targets } of sentences) lines.push(`  ${targets.join(', ')}: ${sentence}`);
  }
  lines.push('', ...estimateLines(plan));
  return `${lines.join('\n').trimEnd()}\n`;
}

/** What all of it is likely to cost. */
function estimateOfPlan({ phases }: Pick<PlanDocument, 'phases'>): Required<Estimate> {
  const diskBytes: Record<string, number> = {};
  let ms = 0;
  for (const { estimate } of phases) {
    ms += estimate?.ms ?? 0;
    for (const [node, bytes] of Object.entries(estimate?.diskBytes ?? {}))
      diskBytes[node] = (diskBytes[node] ?? 0) + bytes;
  }
  return { ms, diskBytes };
}

function estimateLines(plan: PlanDocument): readonly string[] {
  const { ms, diskBytes } = estimateOfPlan(plan);
  const nodes = Object.entries(diskBytes).map(([node, bytes]) => `${node} ${formatBytes(bytes)}`);
  return [
    ...(ms === 0 ? [] : [`About ${formatDuration(ms)}, going by hosts of the lab.`]),
    ...(nodes.length === 0 ? [] : [`Disk that will be taken, once all is unpacked: ${nodes.join(', ')}.`]),
  ];
}

function groupSentences(targets: readonly PlannedTarget[]): { sentence: string; targets: string[] }[] {
  const groups = new Map<string, string[]>();
  for (const target of targets) {
    for (const change of target.changes) {
      const names = groups.get(change.sentence);
      if (names === undefined) groups.set(change.sentence, [target.name]);
      else names.push(target.name);
    }
  }
  return [...groups].map(([sentence, names]) => ({ sentence, targets: names }));
}
