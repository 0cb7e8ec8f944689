import type { ObjectReference } from '../../../kube/kube.ts';
import type { AcceptanceCheck, CheckContext } from '../../check.ts';
import { driftLimitMs, isRolledOut, productionOf, suspendDriver } from '../../subject.ts';
import { tookText, watchUntil } from '../../watch.ts';

/** Room for the pods of a deleted Deployment to start again after the object itself is back. */
const startMs = 60_000;

async function deleteAndWatch(context: CheckContext, reference: ObjectReference): Promise<void> {
  const what = `${reference.kind} ${reference.namespace}/${reference.name}`;
  const uid = (await context.kube.get(reference))?.metadata['uid'];
  context.observe({
    what: `${what} exists`,
    wanted: 'an object',
    found: uid === undefined ? 'nothing' : 'an object',
    ok: uid !== undefined,
  });
  const limitMs = driftLimitMs(context);
  context.mark('T0', `${what} deleted`);
  await context.kube.delete(reference);
  const tookMs = await watchUntil({ timeoutMs: limitMs, signal: context.signal }, async () => {
    const found = (await context.kube.get(reference))?.metadata['uid'];
    return found !== undefined && found !== uid;
  });
  context.mark('T1', `${what}: ${tookText(tookMs, limitMs)}`);
  context.observe({
    what: `${what} made again`,
    wanted: `within ${limitMs / 1000} s`,
    found: tookText(tookMs, limitMs),
    ok: tookMs !== undefined,
  });
}

export const drf02: AcceptanceCheck = {
  id: 'DRF-02',
  title: 'A deleted object is made again',
  requirement: 'What Git declares exists: deleted Deployments, Services and ConfigMaps come back and work.',
  method: 'behavioural',
  passCriterion: 'each deleted object is back within the limit and the application is healthy again',
  severity: 'critical',
  timeoutMs: 300_000,
  async run(context) {
    const subject = productionOf(context);
    for (const reference of [subject.configMap, subject.service, subject.deployment])
      await deleteAndWatch(context, reference);
    const healthyMs = await watchUntil({ timeoutMs: startMs, signal: context.signal }, async () =>
      isRolledOut(await context.kube.get(subject.deployment)),
    );
    context.mark('T2', `application healthy ${tookText(healthyMs, startMs)}`);
    context.observe({
      what: 'the application is healthy',
      wanted: `within ${startMs / 1000} s`,
      found: tookText(healthyMs, startMs),
      ok: healthyMs !== undefined,
    });
  },
  mutation: {
    title: 'the controller suspended',
    apply: (context) => suspendDriver(context, productionOf(context)),
  },
};
