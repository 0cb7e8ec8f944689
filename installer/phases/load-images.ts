import { agentCommand, lookCommand } from '../agent/agent-command.ts';
import { AgentSession } from '../agent/agent-session.ts';
import { containerdSocket, runtimePath } from '../agent/paths.ts';
import { imagesResultSchema, loadResultSchema, type SeedImage } from '../agent/protocol.ts';
import { PerimeterError } from '../base/errors.ts';
import { count, formatDuration } from '../base/units.ts';
import { definePhase, nodeTarget, type Phase, type PlanInputs } from '../engine/phase.ts';
import type { HostView } from '../hosts/host.ts';
import { imagePlan, type SeedPart } from '../seed/image-plan.ts';

interface LoadPhase {
  readonly name: string;
  readonly title: string;
  readonly part: SeedPart;
}

/** Puts seeded images into containerd, under the names by which the cluster asks for them, never to be collected. */
function loadPhase({ name, title, part }: LoadPhase): Phase {
  return definePhase({
    name,
    title,
    targets: (site) => site.nodes.map(nodeTarget),
    async inspect(target, look) {
      return missingImages(look.host(target.name), await imagesOf(look, part));
    },
    plan: (missing) =>
      missing.length === 0
        ? []
        : [
            {
              id: 'load',
              sentence: `load ${count(missing.length, 'image')} into containerd`,
              data: { images: missing },
            },
          ],
    async apply({ data }, target, hands) {
      const host = hands.host(target.name);
      const wanted = new Set(data.images);
      const images = (await imagesOf(hands, part)).filter((image) => wanted.has(nameOf(image)));
      const session = await AgentSession.start(host, await agentCommand(host), () => {}, hands.signal);
      try {
        const { adopted, streamed, present, ms } = await session.call('load', { images }, loadResultSchema);
        hands.note(
          `${count(adopted, 'blob')} adopted, ${streamed} copied, ${present} there already, in ${formatDuration(ms)}`,
        );
      } finally {
        await session.close();
      }
    },
  });
}

/** What the cluster starts with. */
export const loadImages = loadPhase({
  name: 'load-images',
  title: 'Load the images that a cluster starts with',
  part: 'boot',
});

/** Everything else, once it is there. */
export const loadRest = loadPhase({ name: 'load-rest', title: 'Load all other images', part: 'rest' });

function imagesOf({ bundle, site }: PlanInputs, part: SeedPart): Promise<readonly SeedImage[]> {
  const { host, port } = site.endpoints.registry;
  return imagePlan(bundle, `${host}:${port}`, part);
}

/** On a host without agent, or whose containerd does not answer, nothing is loaded as far as anybody can tell. */
async function missingImages(host: HostView, images: readonly SeedImage[]): Promise<readonly string[]> {
  const [agent, socket] = await Promise.all([host.status(runtimePath), host.status(containerdSocket)]);
  if (agent === undefined || socket === undefined) return images.map(nameOf);
  const { exitCode, stdout, stderr } = await host.query(lookCommand('images'), {
    input: JSON.stringify({ images }),
    okExitCodes: [0, 1],
  });
  if (exitCode === 0) return imagesResultSchema.parse(JSON.parse(stdout)).missing;
  if (stderr.includes('"E_CONTAINERD"')) return images.map(nameOf);
  throw new PerimeterError('E_AGENT', {
    message: `The agent on ${host.name} could not tell which images are loaded: ${stderr.trim()}`,
    hint: 'Run the same command again; if it fails again, this is a defect of the agent.',
    where: { host: host.name },
  });
}

function nameOf(image: SeedImage): string {
  return image.references[0] ?? '';
}
