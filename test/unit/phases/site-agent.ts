import { referenceLabels } from '../../../installer/agent/image-labels.ts';
import { containerdRoot, seedDirectory } from '../../../installer/agent/paths.ts';
import type { PlannedBlob, SeedImage } from '../../../installer/agent/protocol.ts';
import type { PushInput } from '../../../installer/agent/push-image.ts';
import { PerimeterError } from '../../../installer/base/errors.ts';
import type { AgentOperations } from '../../../installer/testkit/memory-agent.ts';
import type { MemoryCommand } from '../../../installer/testkit/memory-command.ts';
import type { SiteWorld } from './site-world.ts';

const store = `${seedDirectory}/blobs/sha256`;
const records = `${containerdRoot}/images`;
const hex = (digest: string): string => digest.slice('sha256:'.length);

/**
 * The agent on a node, where it is a part of a phase and not the phase's own subject. It reaches no peer, so what is seeded comes
 * through the connection to its host, blob by blob; how agents feed each other is for test/contract/seed.
 */
export function siteAgent({ line, registry }: Pick<SiteWorld, 'line' | 'registry'>): AgentOperations {
  const change = (what: string, effect: () => void): Promise<void> => line.remote(what, lost, effect);
  const arriving = new Map<string, PromiseWithResolvers<void>>();
  return {
    async open(input, { files }) {
      const { blobs } = input as { blobs: readonly PlannedBlob[] };
      const missing = blobs
        .filter(({ digest }) => files.get(`${store}/${hex(digest)}`) === undefined)
        .map(({ digest, sizeBytes }) => ({ digest, sizeBytes }));
      arriving.clear();
      for (const { digest } of missing) arriving.set(digest, Promise.withResolvers());
      return { port: 1, missing, clockMs: Date.now() };
    },
    reach: async () => ({ reached: [] }),
    part: async (input) => ({ path: partOf(input) }),
    async adopt(input, { files }) {
      const content = files.get(partOf(input))?.content;
      if (content === undefined) throw new Error('nothing has arrived');
      const { digest } = input as { digest: string };
      await change('adopt a blob', () => {
        files.write(`${store}/${hex(digest)}`, content, { mode: 0o644, owner: 'root', group: 'root' });
        files.remove(partOf(input));
      });
      arriving.get(digest)?.resolve();
      return null;
    },
    async load(input, machine) {
      const { images } = input as { images: readonly SeedImage[] };
      for (const image of images) {
        const parts = [image.manifest, image.config, ...image.layers];
        await Promise.all(parts.flatMap(({ digest }) => arriving.get(digest)?.promise ?? []));
        await change('load an image', () => machine.files.edit(recordOf(image), JSON.stringify(image)));
      }
      return {
        adopted: images.length,
        streamed: 0,
        present: 0,
        unpacked: images.filter(({ unpack }) => unpack).length,
        unpackMs: 0,
        ms: 1,
      };
    },
    async push(input) {
      const { repository, tag, image } = input as PushInput;
      await registry.push(repository, tag, image.manifest.digest);
      return { sentBytes: 1, ms: 1 };
    },
  };
}

/** What containerd has, as its own tool tells it: names, then content with labels. Which of the names are asked for does not matter here. */
export const lookAtImages: MemoryCommand = ({ files }) => {
  const loaded = files
    .names(records)
    .map((name) => JSON.parse(files.text(`${records}/${name}`) ?? '') as SeedImage);
  const content = loaded.flatMap((image) => [
    [image.manifest.digest, Object.entries(referenceLabels(image)).map((label) => label.join('='))] as const,
    ...[image.config, ...image.layers].map(({ digest }) => [digest, ['-']] as const),
  ]);
  const lines = [
    ...loaded.flatMap(({ references }) => references),
    '--',
    ...content.map(([digest, labels]) => [digest, '1 B', '1 second', labels.join(',')].join('\t')),
  ];
  return { stdout: `${lines.join('\n')}\n` };
};

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
  return `${records}/${(references[0] ?? '').replaceAll('/', '_')}`;
}

function lost(words: string): PerimeterError {
  return new PerimeterError('E_AGENT', {
    message: `the agent was lost (${words})`,
    hint: 'Run it again.',
    retryable: true,
  });
}
