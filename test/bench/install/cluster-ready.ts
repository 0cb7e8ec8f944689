import { setTimeout as delay } from 'node:timers/promises';
import type { Lab } from '../../../installer/lab/lab.ts';
import { onHost } from '../../lab/on-host.ts';

const look = `KUBECONFIG=/etc/kubernetes/admin.conf kubectl get nodes --request-timeout=3s --no-headers 2>/dev/null || true`;

/** Waits until the first host's own kubectl says that every host of the lab is a Ready node. Looks twice a second, for either side. */
export async function clusterReady(lab: Lab, signal: AbortSignal): Promise<void> {
  const [first] = lab.hosts;
  if (first === undefined) throw new Error(`lab ${lab.name} has no host`);
  for (;;) {
    signal.throwIfAborted();
    const lines = (await onHost(lab, first.name, look)).split('\n');
    if (lines.filter((line) => /\sReady\s/.test(line)).length === lab.hosts.length) return;
    await delay(500, undefined, { signal });
  }
}
