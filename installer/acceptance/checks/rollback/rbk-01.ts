import { canonicalJson, digestOf } from '../../../base/digest.ts';
import type { AcceptanceCheck, CheckContext } from '../../check.ts';
import { readMain } from '../../git-people.ts';
import { castOf, mergeByRules, restoreFiles } from '../../merge-by-rules.ts';
import { fieldOf, isRolledOut, productionOf, type Subject } from '../../subject.ts';
import { tookText, watchUntil } from '../../watch.ts';
import { foreignWrites } from './foreign-writes.ts';

const limitMs = 300_000;
/** Well after the check has begun to watch, well before the rollback can be through. */
const helpAfterMs = 10_000;

/** The Deployment's declared part, without what the server counts: equal hashes mean equal declarations. */
async function specHash(context: CheckContext, subject: Subject): Promise<string> {
  return digestOf(canonicalJson(fieldOf(await context.kube.get(subject.deployment), ['spec'])));
}

/** A rollout that does not get through: fewer updated pods ready than wanted, for the newest generation. */
async function isDegraded(context: CheckContext, subject: Subject, goodHash: string): Promise<boolean> {
  if ((await specHash(context, subject)) === goodHash) return false;
  const pods = await context.kube.list('v1', 'Pod', { namespace: subject.namespace });
  const states = pods.flatMap(
    (pod) =>
      (fieldOf(pod, ['status', 'containerStatuses']) ?? []) as {
        restartCount: number;
        state?: { waiting?: { reason?: string } };
      }[],
  );
  return states.some(
    (state) => state.restartCount > 0 || state.state?.waiting?.reason === 'CrashLoopBackOff',
  );
}

export const rbk01: AcceptanceCheck = {
  id: 'RBK-01',
  title: 'A faulty version is rolled back by Git',
  requirement:
    'A bad version merged through the rules is healed by a revert merged through the rules, and by nothing else.',
  method: 'behavioural',
  passCriterion:
    'healthy again within 5 minutes of the revert, same declaration as before, no write by anyone but the controller',
  severity: 'critical',
  timeoutMs: 900_000,
  async run(context) {
    const subject = productionOf(context);
    const settingsPath = `sample-app/overlays/${subject.environment}/settings.env`;
    const { developer } = castOf(context);
    const good = await readMain(developer, settingsPath);
    if (good === undefined) throw new Error(`${settingsPath} is not in the repository`);
    const healthy = isRolledOut(await context.kube.get(subject.deployment));
    context.observe({
      what: 'the application before',
      wanted: 'healthy',
      found: healthy ? 'healthy' : 'not healthy',
      ok: healthy,
    });
    const goodHash = await specHash(context, subject);
    const branch = `acceptance-rbk-01-${Date.now()}`;
    restoreFiles(context, branch, { [settingsPath]: good.text });
    const windowStart = new Date();

    await mergeByRules(context, {
      title: 'Acceptance: a faulty version',
      branch: `${branch}-bad`,
      files: { [settingsPath]: good.text.replace(/^BREAK=.*$/m, 'BREAK=crash') },
    });
    context.mark('T0', 'faulty version merged');
    const degradedMs = await watchUntil({ timeoutMs: limitMs, signal: context.signal }, () =>
      isDegraded(context, subject, goodHash),
    );
    context.mark('T1', `degraded ${tookText(degradedMs, limitMs)}`);
    context.observe({
      what: 'the faulty version reaches the cluster and fails',
      wanted: `within ${limitMs / 1000} s`,
      found: tookText(degradedMs, limitMs),
      ok: degradedMs !== undefined,
    });

    await mergeByRules(context, {
      title: 'Acceptance: revert of the faulty version',
      branch: `${branch}-revert`,
      files: { [settingsPath]: good.text },
    });
    context.mark('T2', 'revert merged');
    const healedMs = await watchUntil({ timeoutMs: limitMs, signal: context.signal }, async () => {
      return (
        (await specHash(context, subject)) === goodHash &&
        isRolledOut(await context.kube.get(subject.deployment))
      );
    });
    context.mark('T3', `healthy ${tookText(healedMs, limitMs)}`);
    context.observe({
      what: 'healthy after the revert',
      wanted: `within ${limitMs / 1000} s`,
      found: tookText(healedMs, limitMs),
      ok: healedMs !== undefined,
    });
    const finalHash = await specHash(context, subject);
    context.observe({
      what: "hash of the Deployment's declaration",
      wanted: goodHash,
      found: finalHash,
      ok: finalHash === goodHash,
    });

    const writes = await foreignWrites(context, subject.namespace, windowStart);
    context.evidence('writes.json', JSON.stringify(writes, undefined, 2));
    context.observe({
      what: `${writes.seen} writes to ${subject.namespace} in the audit log`,
      wanted: "some, all by the cluster's own controllers",
      found:
        writes.foreign.length === 0
          ? `${writes.seen} by controllers`
          : writes.foreign.map(({ user, verb, object }) => `${user} ${verb} ${object}`).join(', '),
      ok: writes.seen > 0 && writes.foreign.length === 0,
    });
  },
  mutation: {
    title: 'an administrator who helps by hand while the rollback runs',
    async apply(context) {
      const { service } = productionOf(context);
      const helping = setTimeout(() => {
        void context.kube
          .patch(service, { metadata: { annotations: { 'perimeter/helped-by-hand': 'yes' } } })
          .catch(() => {});
      }, helpAfterMs);
      return async () => {
        clearTimeout(helping);
        await context.kube.patch(service, {
          metadata: { annotations: { 'perimeter/helped-by-hand': null } },
        });
      };
    },
  },
};
