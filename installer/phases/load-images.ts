import { agentCommand } from '../agent/agent-command.ts';
import { AgentSession } from '../agent/agent-session.ts';
import { type AgentEvent, loadResultSchema } from '../agent/protocol.ts';
import { count, formatDuration } from '../base/units.ts';
import { definePhase, nodeTarget, type Phase } from '../engine/phase.ts';
import { type SeedPart, siteImages } from '../seed/image-plan.ts';
import { describeLoad } from '../seed/loading-beside.ts';
import { missingImages } from '../seed/missing-images.ts';
import { firstName } from '../seed/node-need.ts';

interface LoadPhase {
  readonly name: string;
  readonly title: string;
  readonly part: SeedPart;
}

/**
 * Puts seeded images into containerd, under the names by which the cluster asks for them, never to be collected. Those of nodes whose
 * containerd ran while they were seeded are there already. What a cluster starts with is unpacked too; the rest is at its first use.
 */
function loadPhase({ name, title, part }: LoadPhase): Phase {
  return definePhase({
    name,
    title,
    targets: (site) => site.nodes.map(nodeTarget),
    async inspect(target, look) {
      const images = await siteImages(look, part);
      // Where no containerd answers, nothing is loaded as far as anybody can tell.
      const missing = (await missingImages(look.host(target.name), images)) ?? images;
      return missing.map(firstName);
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
      const images = (await siteImages(hands, part)).filter((image) => wanted.has(firstName(image)));
      const onEvent = (event: AgentEvent): void => {
        if (event.event === 'note') hands.note(event.text);
      };
      const session = await AgentSession.start(host, await agentCommand(host), onEvent, hands.signal);
      try {
        const result = await session.call('load', { images }, loadResultSchema);
        hands.note(`in ${formatDuration(result.ms)}: ${describeLoad(result)}`);
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
