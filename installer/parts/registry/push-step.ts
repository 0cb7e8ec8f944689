import { agentCommand } from '../../agent/agent-command.ts';
import { AgentSession } from '../../agent/agent-session.ts';
import { type PushInput, pushResultSchema } from '../../agent/push-image.ts';
import { assertDefect, isPerimeterError, PerimeterError } from '../../base/errors.ts';
import { retry } from '../../base/retry.ts';
import { count, formatBytes, formatDuration } from '../../base/units.ts';
import { type BundleArtifact, repositoryOf } from '../../bundle/bundle.ts';
import type { Hands } from '../../engine/phase.ts';
import { defineStep, type PhaseStep } from '../../engine/phase-step.ts';
import { seedImage } from '../../seed/image-plan.ts';
import { missingImages, registryUrl } from './registry-content.ts';

type Data = { readonly images: readonly string[] };

/** Brings every image of the bundle into the registry, once, from a node that holds it. */
export const pushStep: PhaseStep = defineStep<readonly string[], Data>({
  name: 'content',

  inspect: (_target, look) => missingImages(look),

  plan(missing) {
    if (missing.length === 0) return [];
    const sentence = `push ${count(missing.length, 'image')} into the registry, from a node that holds them`;
    return [{ id: 'push', sentence, data: { images: missing } }];
  },

  async apply(change, _target, hands) {
    const { images } = change.data;
    const node = await holder(hands);
    const host = hands.host(node.name);
    const session = await AgentSession.start(host, await agentCommand(host), () => {}, hands.signal);
    const startedAt = performance.now();
    const heldBy: Record<string, string> = {};
    let sentBytes = 0;
    try {
      for (const [index, name] of images.entries()) {
        hands.signal.throwIfAborted();
        hands.progress(index, images.length, 'steps');
        const input = { ...(await pushInput(hands.bundle.artifact(name), node.address, hands)), heldBy };
        // Its pod is ready before every node's packet rules lead to it: for some seconds there is nobody at the node's own port.
        const result = await retry(
          { attempts: 8, delayMs: 500, signal: hands.signal, when: isNotThereYet },
          () => session.call('push', input, pushResultSchema),
        );
        sentBytes += result.sentBytes;
        for (const { digest } of input.image.layers) heldBy[digest] ??= input.repository;
      }
    } finally {
      await session.close();
    }
    const time = formatDuration(performance.now() - startedAt);
    hands.note(`${count(images.length, 'image')}, ${formatBytes(sentBytes)} from ${node.name} in ${time}`);
  },
});

function isNotThereYet(error: unknown): boolean {
  return isPerimeterError(error) && error.code === 'E_REGISTRY' && error.retryable;
}

/** Every node was seeded with every image; the one that runs the registry need not even use the network. */
async function holder(hands: Hands): Promise<{ readonly name: string; readonly address: string }> {
  const pod = await hands.kube.get({
    apiVersion: 'v1',
    kind: 'Pod',
    namespace: 'registry',
    name: 'registry-0',
  });
  const where = (pod?.['spec'] as { nodeName?: string } | undefined)?.nodeName;
  const node = hands.site.nodes.find((candidate) => candidate.name === where) ?? hands.site.nodes[0];
  assertDefect(node !== undefined, 'a site has at least one node');
  return node;
}

async function pushInput(
  artifact: BundleArtifact,
  address: string,
  hands: Hands,
): Promise<Omit<PushInput, 'heldBy'>> {
  const { bundle, credentials } = hands;
  const [authority, password] = [
    credentials.get('ca.certificate'),
    credentials.get('registry.password.push'),
  ];
  if (authority === undefined || password === undefined) {
    throw new PerimeterError('E_REGISTRY', {
      message: 'The credentials of the registry are not in credentials.json of the site folder.',
      hint: 'Run install again: they are made by the phase registry.',
    });
  }
  const { host, port } = hands.site.endpoints.registry;
  const { manifest, config, layers } = await seedImage(bundle, `${host}:${port}`, artifact);
  return {
    registry: { url: registryUrl(hands), address, authority, username: 'push', password },
    repository: repositoryOf(artifact.name),
    tag: artifact.tag,
    image: { manifest, config, layers },
  };
}
