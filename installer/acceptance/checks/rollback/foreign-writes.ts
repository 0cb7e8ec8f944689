import { mapParallel } from '../../../base/parallel.ts';
import { controlPlaneNodes } from '../../../site/site.ts';
import type { CheckContext } from '../../check.ts';

export interface AuditedWrite {
  readonly user: string;
  readonly verb: string;
  readonly object: string;
  readonly at: string;
}

export interface WriteReport {
  readonly seen: number;
  readonly foreign: readonly AuditedWrite[];
}

interface AuditEvent {
  readonly auditID: string;
  readonly stage: string;
  readonly verb: string;
  readonly requestReceivedTimestamp: string;
  readonly user?: { readonly username?: string };
  readonly impersonatedUser?: { readonly username?: string };
  readonly objectRef?: {
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
}

const writingVerbs = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);
const auditLog = '/var/log/kubernetes/audit.log';

/** Writers that are part of the cluster: its nodes, its own controllers, and the GitOps and secret controllers. */
function isController(user: string): boolean {
  return (
    user.startsWith('system:node:') ||
    user.startsWith('system:serviceaccount:kube-system:') ||
    user.startsWith('system:serviceaccount:flux-system:') ||
    user.startsWith('system:serviceaccount:external-secrets:') ||
    /^system:serviceaccount:app-[a-z]+:flux/.test(user) ||
    ['system:kube-controller-manager', 'system:kube-scheduler', 'system:apiserver'].includes(user)
  );
}

/** Every write to a namespace since `since`, from the audit logs of all API servers, and those that no controller made. */
export async function foreignWrites(
  context: CheckContext,
  namespace: string,
  since: Date,
): Promise<WriteReport> {
  const logs = await mapParallel(controlPlaneNodes(context.site), 8, async (node) => {
    const found = await context
      .host(node.name)
      .query(['grep', '-h', '-F', `"namespace":"${namespace}"`, auditLog], { okExitCodes: [0, 1] });
    return found.stdout;
  });
  const writes = new Map<string, AuditedWrite>();
  for (const line of logs.join('\n').split('\n')) {
    const event = parseEvent(line);
    if (event === undefined || event.objectRef?.namespace !== namespace || !writingVerbs.has(event.verb))
      continue;
    if (new Date(event.requestReceivedTimestamp) < since) continue;
    const { resource, subresource, name } = event.objectRef;
    const object = [resource, name, subresource].filter((part) => part !== undefined).join('/');
    const user = event.impersonatedUser?.username ?? event.user?.username ?? 'nobody';
    writes.set(event.auditID, { user, verb: event.verb, object, at: event.requestReceivedTimestamp });
  }
  const all = [...writes.values()];
  return { seen: all.length, foreign: all.filter((write) => !isController(write.user)) };
}

/** The last line of a log that is being written may be cut; it belongs to the next look. */
function parseEvent(line: string): AuditEvent | undefined {
  if (!line.endsWith('}')) return undefined;
  return JSON.parse(line) as AuditEvent;
}
