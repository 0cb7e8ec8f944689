import { createHash, randomBytes } from 'node:crypto';
import { registerSecret } from '../../../base/redact.ts';
import type { AcceptanceCheck, CheckContext } from '../../check.ts';
import { fieldOf, holdField, productionOf, type Subject } from '../../subject.ts';
import { tookText, watchUntil } from '../../watch.ts';

const limitMs = 120_000;
const key = 'password';

function fingerprint(value: string): string {
  return createHash('sha256').update(value).digest('hex').slice(0, 12);
}

/** Fingerprint of what Kubernetes holds for the application; never the value itself. */
async function deliveredFingerprint(context: CheckContext, subject: Subject): Promise<string> {
  const secret = await context.kube.get({
    apiVersion: 'v1',
    kind: 'Secret',
    namespace: subject.namespace,
    name: 'sample-app',
  });
  const value = fieldOf(secret, ['data', key]);
  return typeof value === 'string' ? fingerprint(Buffer.from(value, 'base64').toString('utf8')) : 'none';
}

export const sec06: AcceptanceCheck = {
  id: 'SEC-06',
  title: 'A rotated secret arrives',
  requirement:
    'A secret changed in the secret manager reaches the application without anybody touching the cluster.',
  method: 'behavioural',
  passCriterion: "the new value is in the application's Secret within the limit",
  severity: 'major',
  timeoutMs: 300_000,
  async run(context) {
    const subject = productionOf(context);
    const before = await deliveredFingerprint(context, subject);
    context.observe({
      what: 'a secret is delivered',
      wanted: 'a fingerprint',
      found: before,
      ok: before !== 'none',
    });
    const value = randomBytes(24).toString('base64url');
    registerSecret(value);
    context.mark('T0', 'rotated in the secret manager');
    await context.rotateSecret(subject.environment, key, value);
    const tookMs = await watchUntil({ timeoutMs: limitMs, signal: context.signal }, async () => {
      return (await deliveredFingerprint(context, subject)) === fingerprint(value);
    });
    context.mark('T1', `delivered ${tookText(tookMs, limitMs)}`);
    context.observe({
      what: `secret ${fingerprint(value)} delivered`,
      wanted: `within ${limitMs / 1000} s`,
      found: tookText(tookMs, limitMs),
      ok: tookMs !== undefined,
    });
  },
  mutation: {
    title: 'the delivery of secrets stopped',
    async apply(context) {
      const name = 'external-secrets';
      const release = {
        apiVersion: 'helm.toolkit.fluxcd.io/v2',
        kind: 'HelmRelease',
        namespace: 'flux-system',
        name,
      };
      const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: name, name };
      // The release first: it would put the deployment right.
      await context.kube.patch(release, { spec: { suspend: true } });
      await holdField(context, deployment, 'replicas', 0);
      await watchUntil({ timeoutMs: 30_000, signal: context.signal }, async () => {
        return (await context.kube.list('v1', 'Pod', { namespace: name })).length === 0;
      });
      return async () => {
        await context.kube.patch(deployment, { spec: { replicas: 1 } });
        await context.kube.patch(release, { spec: { suspend: null } });
      };
    },
  },
};
