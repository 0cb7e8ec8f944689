import type { KubeObject } from './kube.ts';

/** A Secret; values that are not known yet are left out, so that it can be planned before its credentials are made. */
export function secretObject(secret: {
  readonly namespace: string;
  readonly name: string;
  /** Default Opaque. */
  readonly type?: string;
  readonly values: Readonly<Record<string, string | undefined>>;
}): KubeObject {
  const data: Record<string, string> = {};
  for (const [key, value] of Object.entries(secret.values)) {
    if (value !== undefined) data[key] = Buffer.from(value).toString('base64');
  }
  const { name, namespace, type = 'Opaque' } = secret;
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, type, data };
}
