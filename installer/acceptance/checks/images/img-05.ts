import { mapParallel } from '../../../base/parallel.ts';
import { imageReference } from '../../../bundle/bundle.ts';
import type { KubeObject } from '../../../kube/kube.ts';
import type { AcceptanceCheck, CheckContext } from '../../check.ts';
import { productionOf } from '../../subject.ts';
import { watchUntil } from '../../watch.ts';

const probedPorts = [22, 53, 80, 443] as const;
const unknownName = 'perimeter-way-out.invalid';

/**
 * A shell program that tries every outside address and port and one outside name, and says `open WHAT` for whatever
 * answers. Bash opens the connection itself, so that nothing has to be installed to look.
 */
function probeScript(addresses: readonly string[]): string {
  const tries = addresses.flatMap((address) =>
    probedPorts.map(
      (port) =>
        `timeout 2 bash -c 'exec 3<>/dev/tcp/${address}/${port}' 2>/dev/null && echo open ${address}:${port} &`,
    ),
  );
  return [
    ...tries,
    `timeout 8 getent hosts ${unknownName} >/dev/null && echo open ${unknownName} &`,
    'wait',
    'echo looked',
  ].join('\n');
}

function judge(context: CheckContext, where: string, output: string): void {
  const lines = output.trim().split('\n');
  const open = lines.filter((line) => line.startsWith('open '));
  const looked = lines.includes('looked');
  context.observe({
    what: `way out from ${where}`,
    wanted: 'every try fails',
    found: looked ? open.join(', ') || 'every try failed' : `the probe did not finish: ${output.trim()}`,
    ok: looked && open.length === 0,
  });
}

function probePod(context: CheckContext, namespace: string): KubeObject {
  const { host, port } = context.site.endpoints.registry;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'perimeter-way-out', namespace },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'probe',
          image: imageReference(`${host}:${port}`, context.bundle.artifact('toolbox')),
          command: ['bash', '-c', probeScript(context.site.network.outsideProbes)],
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        },
      ],
    },
  };
}

async function probeFromPod(context: CheckContext): Promise<void> {
  const { namespace } = productionOf(context);
  const pod = probePod(context, namespace);
  const reference = { apiVersion: 'v1', kind: 'Pod', namespace, name: pod.metadata.name };
  context.restore('remove the probe pod', () => context.kube.delete(reference));
  await context.kube.delete(reference);
  await context.kube.apply(pod);
  const ended = await watchUntil({ timeoutMs: 60_000, signal: context.signal }, async () => {
    const phase = ((await context.kube.get(reference))?.['status'] as { phase?: string } | undefined)?.phase;
    return phase === 'Succeeded' || phase === 'Failed';
  });
  judge(
    context,
    `a pod in ${namespace}`,
    ended === undefined ? 'the pod did not end' : await context.kube.podLog(namespace, pod.metadata.name),
  );
}

export const img05: AcceptanceCheck = {
  id: 'IMG-05',
  title: 'No way out from node or pod',
  requirement:
    'Nothing inside reaches an address or a name outside, and no node can pull an image from anywhere but the internal registry.',
  method: 'behavioural',
  passCriterion: 'every connection, name look-up and pull from outside fails, from every node and from a pod',
  severity: 'critical',
  timeoutMs: 180_000,
  async run(context) {
    await mapParallel(context.site.nodes, 8, async (node) => {
      const host = context.host(node.name);
      const probe = await host.query(['bash', '-c', probeScript(context.site.network.outsideProbes)], {
        okExitCodes: 'any',
        timeoutMs: 30_000,
      });
      judge(context, `node ${node.name}`, probe.stdout);
      const image = `registry.invalid/perimeter/way-out:1`;
      const pull = await host.query(['timeout', '20', 'crictl', 'pull', image], {
        okExitCodes: 'any',
        timeoutMs: 30_000,
      });
      context.observe({
        what: `pull of ${image} on ${node.name}`,
        wanted: 'refused',
        found: pull.exitCode === 0 ? 'pulled' : 'refused',
        ok: pull.exitCode !== 0,
      });
    });
    await probeFromPod(context);
  },
  mutation: {
    title: 'an outside address that answers on the first node',
    async apply(context) {
      const [node] = context.site.nodes;
      const [outside] = context.site.network.outsideProbes;
      if (node === undefined || outside === undefined)
        throw new Error('the site has no node or no outside address to look for');
      const host = context.host(node.name);
      await host.run(['ip', 'address', 'add', `${outside}/32`, 'dev', 'lo']);
      return async () => {
        await host.run(['ip', 'address', 'del', `${outside}/32`, 'dev', 'lo']);
      };
    },
  },
};
