import { containerdRoot, seedDirectory } from '../../../installer/agent/paths.ts';
import type { PlannedBlob, SeedImage } from '../../../installer/agent/protocol.ts';
import type { PushInput } from '../../../installer/agent/push-image.ts';
import { PerimeterError } from '../../../installer/base/errors.ts';
import type { AgentOperations } from '../../../installer/testkit/memory-agent.ts';
import type { MemoryCommand } from '../../../installer/testkit/memory-command.ts';
import type { MemoryMachine } from '../../../installer/testkit/memory-machine.ts';
import type { SiteWorld } from './site-world.ts';

const store = `${seedDirectory}/blobs/sha256`;
const hex = (digest: string): string => digest.slice('sha256:'.length);

/**
 * The agent on a node, where it is a part of a phase and not the phase's own subject. It reaches no peer, so what is seeded comes
 * through the connection to its host, blob by blob; how agents feed each other is for test/contract/seed.
 */
export function siteAgent({ line, registry }: Pick<SiteWorld, 'line' | 'registry'>): AgentOperations {
  const change = (what: string, effect: () => void): Promise<void> => line.remote(what, lost, effect);
  return {
    async open(input, { files }) {
      const { blobs } = input as { blobs: readonly PlannedBlob[] };
      const missing = blobs
        .filter(({ digest }) => files.get(`${store}/${hex(digest)}`) === undefined)
        .map(({ digest, sizeBytes }) => ({ digest, sizeBytes }));
      return { port: 1, missing, freeBytes: 1e12, clockMs: Date.now() };
    },
    reach: async () => ({ reached: [] }),
    part: async (input) => ({ path: partOf(input) }),
    async adopt(input, { files }) {
      const content = files.get(partOf(input))?.content;
      if (content === undefined) throw new Error('nothing has arrived');
      await change('adopt a blob', () => {
        const path = `${store}/${hex((input as { digest: string }).digest)}`;
        files.write(path, content, { mode: 0o644, owner: 'root', group: 'root' });
        files.remove(partOf(input));
      });
      return null;
    },
    async load(input, machine) {
      const { images } = input as { images: readonly SeedImage[] };
      for (const image of images)
        await change('load an image', () => machine.files.edit(recordOf(image), 'loaded'));
      return { adopted: images.length, streamed: 0, present: 0, ms: 1 };
    },
    async push(input) {
      const { repository, tag, image } = input as PushInput;
      await registry.push(repository, tag, image.manifest.digest);
      return { sentBytes: 1, ms: 1 };
    },
  };
}

/** The agent's answer to the one question that it takes without a session, and the programs with which it is sent. */
export function lookAtImages({ files }: MemoryMachine, input: string): { stdout: string } {
  const { images } = JSON.parse(input) as { images: readonly SeedImage[] };
  const missing = images.filter((image) => files.get(recordOf(image)) === undefined);
  return { stdout: JSON.stringify({ missing: missing.map(({ references }) => references[0]) }) };
}

/** As `find FOLDER... -type f -printf '%h/%f %s\n'`. */
export const findFiles: MemoryCommand = ({ files }, argv) => {
  const folders = argv.slice(1, argv.indexOf('-type'));
  const lines = folders.flatMap((folder) =>
    files
      .names(folder)
      .map((name) => `${folder}/${name} ${files.get(`${folder}/${name}`)?.content.length}\n`),
  );
  return { stdout: lines.join('') };
};

function partOf(input: unknown): string {
  return `${seedDirectory}/parts/${hex((input as { digest: string }).digest)}`;
}

function recordOf({ references }: SeedImage): string {
  return `${containerdRoot}/images/${(references[0] ?? '').replaceAll('/', '_')}`;
}

function lost(words: string): PerimeterError {
  return new PerimeterError('E_AGENT', {
    message: `the agent was lost (${words})`,
    hint: 'Run it again.',
    retryable: true,
  });
}
