import { randomInt } from 'node:crypto';
import { registerSecret } from '../../base/redact.ts';
import type { KubeHands } from '../../kube/kube.ts';
import { joinLabels } from './join-secrets.ts';

/** A token by which one node may ask for its certificate. */
export interface BootstrapToken {
  readonly id: string;
  readonly text: string;
}

const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';
const pick = (length: number): string =>
  Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');

/** A fresh token, known to nobody and accepted nowhere yet. */
export function makeBootstrapToken(): BootstrapToken {
  const [id, secret] = [pick(6), pick(16)];
  registerSecret(secret);
  registerSecret(`${id}.${secret}`);
  return { id, text: `${id}.${secret}` };
}

/** How long a token works at most, should nobody remove it. */
const lifetimeMs = 20 * 60_000;

/** Makes the token accepted by the cluster for one join. */
export async function allowToken(kube: KubeHands, token: BootstrapToken, node: string): Promise<void> {
  await kube.apply({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: `bootstrap-token-${token.id}`, namespace: 'kube-system', labels: joinLabels(node) },
    type: 'bootstrap.kubernetes.io/token',
    stringData: {
      description: `join of ${node}`,
      'token-id': token.id,
      'token-secret': token.text.slice(token.id.length + 1),
      expiration: new Date(Date.now() + lifetimeMs).toISOString().replace(/\.\d+Z$/, 'Z'),
      'usage-bootstrap-authentication': 'true',
      'usage-bootstrap-signing': 'true',
      'auth-extra-groups': 'system:bootstrappers:kubeadm:default-node-token',
    },
  });
}
