import type { JsonObject } from '../../../base/json.ts';
import type { AcceptanceCheck, CheckContext } from '../../check.ts';
import {
  driftLimitMs,
  fieldOf,
  isRolledOut,
  productionOf,
  type Subject,
  suspendDriver,
} from '../../subject.ts';
import { tookText, watchUntil } from '../../watch.ts';

interface Edit {
  readonly title: string;
  readonly path: readonly (string | number)[];
  readonly patch: JsonObject;
}

/** A merge patch of the application's container; the list is replaced whole, as by a careless hand. */
function container(fields: JsonObject): JsonObject {
  return { spec: { template: { spec: { containers: [{ name: 'sample-app', ...fields }] } } } };
}

/** Edits of fields that Git declares, of the kinds that people make by hand. */
function edits(context: CheckContext, image: string): readonly Edit[] {
  const containerPath = ['spec', 'template', 'spec', 'containers', 0];
  const [repository] = image.split('@');
  return [
    { title: 'replicas set to 5', path: ['spec', 'replicas'], patch: { spec: { replicas: 5 } } },
    {
      title: 'a label changed',
      path: ['metadata', 'labels', 'app.kubernetes.io/name'],
      patch: { metadata: { labels: { 'app.kubernetes.io/name': 'changed-by-hand' } } },
    },
    {
      title: 'the image changed to a tag',
      path: [...containerPath, 'image'],
      patch: container({ image: `${repository}:changed-by-hand`, imagePullPolicy: 'IfNotPresent' }),
    },
  ].map((edit) => ({ ...edit, title: `${edit.title} in ${context.site.environments.at(-1)}` }));
}

async function editAndWatch(context: CheckContext, subject: Subject, edit: Edit): Promise<void> {
  const before = fieldOf(await context.kube.get(subject.deployment), edit.path);
  const limitMs = driftLimitMs(context);
  context.mark('T0', edit.title);
  await context.kube.patch(subject.deployment, edit.patch);
  const changed = fieldOf(await context.kube.get(subject.deployment), edit.path);
  context.observe({
    what: `${edit.title}: the edit arrived`,
    wanted: `not ${String(before)}`,
    found: String(changed),
    ok: changed !== before,
  });
  const tookMs = await watchUntil({ timeoutMs: limitMs, signal: context.signal }, async () => {
    return fieldOf(await context.kube.get(subject.deployment), edit.path) === before;
  });
  context.mark('T1', `${edit.title}: ${tookText(tookMs, limitMs)}`);
  context.observe({
    what: `${edit.title}: put back`,
    wanted: `within ${limitMs / 1000} s`,
    found: tookText(tookMs, limitMs),
    ok: tookMs !== undefined,
  });
}

export const drf01: AcceptanceCheck = {
  id: 'DRF-01',
  title: 'A field edited by hand is put back',
  requirement:
    'Only Git changes production: an edit of a declared field in the cluster is reverted by the controller.',
  method: 'behavioural',
  passCriterion: 'every edited field has its declared value again within the limit',
  severity: 'critical',
  timeoutMs: 300_000,
  async run(context) {
    const subject = productionOf(context);
    const original = await context.kube.get(subject.deployment);
    const image = String(fieldOf(original, ['spec', 'template', 'spec', 'containers', 0, 'image']));
    context.evidence('deployment-before.json', JSON.stringify(original, undefined, 2));
    context.restore('wait until the application is whole', async () => {
      await watchUntil({ timeoutMs: 60_000, signal: AbortSignal.timeout(90_000) }, async () =>
        isRolledOut(await context.kube.get(subject.deployment)),
      );
    });
    for (const edit of edits(context, image)) await editAndWatch(context, subject, edit);
  },
  mutation: {
    title: 'the controller suspended',
    apply: (context) => suspendDriver(context, productionOf(context)),
  },
};
