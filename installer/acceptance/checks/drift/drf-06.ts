import type { AcceptanceCheck } from '../../check.ts';
import { readMain } from '../../git-people.ts';
import { castOf, mergeByRules, restoreFiles } from '../../merge-by-rules.ts';
import { driftLimitMs, productionOf, suspendDriver } from '../../subject.ts';
import { tookText, watchUntil } from '../../watch.ts';

const objectName = 'acceptance-prune';

export const drf06: AcceptanceCheck = {
  id: 'DRF-06',
  title: 'What is removed from Git disappears',
  requirement: 'The cluster holds what Git holds: an object removed by merge is removed from the cluster.',
  method: 'behavioural',
  passCriterion:
    'the object appears after its merge and is gone within the limit after the merge that removes it',
  severity: 'major',
  timeoutMs: 600_000,
  async run(context) {
    const subject = productionOf(context);
    const overlay = `sample-app/overlays/${subject.environment}`;
    const listPath = `${overlay}/kustomization.yaml`;
    const objectPath = `${overlay}/${objectName}.yaml`;
    const reference = { apiVersion: 'v1', kind: 'ConfigMap', namespace: subject.namespace, name: objectName };
    const { developer } = castOf(context);
    const list = await readMain(developer, listPath);
    if (list === undefined) throw new Error(`${listPath} is not in the repository`);
    const limitMs = driftLimitMs(context);
    const object = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: objectName },
      data: { purpose: 'acceptance' },
    };
    const branch = `acceptance-drf-06-${Date.now()}`;
    restoreFiles(context, branch, { [objectPath]: undefined, [listPath]: list.text });

    await mergeByRules(context, {
      title: 'Acceptance: an object to be pruned',
      branch: `${branch}-add`,
      files: {
        [objectPath]: `${JSON.stringify(object)}\n`,
        [listPath]: list.text.replace(/^resources:\n/m, `resources:\n  - ${objectName}.yaml\n`),
      },
    });
    const appearedMs = await watchUntil(
      { timeoutMs: limitMs, signal: context.signal },
      async () => (await context.kube.get(reference)) !== undefined,
    );
    context.observe({
      what: 'the merged object',
      wanted: `there within ${limitMs / 1000} s`,
      found: tookText(appearedMs, limitMs),
      ok: appearedMs !== undefined,
    });

    await mergeByRules(context, {
      title: 'Acceptance: the object removed again',
      branch: `${branch}-remove`,
      files: { [objectPath]: undefined, [listPath]: list.text },
    });
    context.mark('T0', 'removal merged');
    const goneMs = await watchUntil(
      { timeoutMs: limitMs, signal: context.signal },
      async () => (await context.kube.get(reference)) === undefined,
    );
    context.mark('T1', `object gone ${tookText(goneMs, limitMs)}`);
    context.observe({
      what: 'the removed object',
      wanted: `gone within ${limitMs / 1000} s`,
      found: tookText(goneMs, limitMs),
      ok: goneMs !== undefined,
    });
  },
  mutation: {
    title: 'the controller suspended',
    apply: (context) => suspendDriver(context, productionOf(context)),
  },
};
