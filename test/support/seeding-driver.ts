import process from 'node:process';
import { text } from 'node:stream/consumers';
import type { AgentEvent } from '../../installer/agent/protocol.ts';
import { PerimeterError } from '../../installer/base/errors.ts';
import { imagePlan } from '../../installer/seed/image-plan.ts';
import { firstName, isNeedy, nodeNeed } from '../../installer/seed/node-need.ts';
import { seed } from '../../installer/seed/seed.ts';
import { seedBlobs } from '../../installer/seed/seed-plan.ts';
import type { SeedReport } from '../../installer/seed/seed-request.ts';
import { type MadeArtifact, madeBundle } from '../fixtures/made-bundle.ts';
import { type ProcessHost, placesOf, processNode } from './process-host.ts';

/**
 * The installer's side of a seeding as a process of its own, so that it can run in a network namespace and be killed. Reads what
 * to do as JSON, asks the nodes what they have, seeds those that lack something, and tells events as lines of JSON; a report comes also
 * before an error.
 */
export interface DrivenSeeding {
  readonly artifacts: readonly MadeArtifact[];
  readonly bundleDirectory: string;
  readonly nodes: readonly ProcessHost[];
  readonly maxBytesPerSecond: number;
  /** Whether images are loaded into containerd as well. */
  readonly load: boolean;
  /** Where the speeds of links are known better than the kernels say: how many chains. */
  readonly chains?: number;
}

export type DriverLine =
  | { readonly ready: true }
  | { readonly report: SeedReport }
  | { readonly loaded: string }
  | {
      readonly error: {
        readonly code: string;
        readonly message: string;
        readonly findings: readonly string[];
      };
    }
  | ({ readonly node: string } & AgentEvent);

const tell = (line: DriverLine): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

async function drive(input: DrivenSeeding): Promise<void> {
  const bundle = madeBundle(input.artifacts, input.bundleDirectory);
  const blobs = await seedBlobs(bundle);
  const images = input.load ? await imagePlan(bundle, 'registry.bench.internal:30500') : [];
  const signal = new AbortController().signal;
  tell({ ready: true });
  const looks = input.nodes.map(async (node) => {
    const made = processNode(node);
    return { ...made, need: await nodeNeed(made.host, blobs, images, placesOf(node)) };
  });
  const looked = await Promise.all(looks);
  for (const { need } of looked) if (!isNeedy(need)) tell({ loaded: need.node });
  const nodes = looked
    .filter(({ need }) => isNeedy(need))
    .map(({ host, command, need }) => ({
      host,
      command,
      images: images.filter((image) => need.images.includes(firstName(image))),
    }));
  if (nodes.length === 0) return;
  const { maxBytesPerSecond, chains } = input;
  const onEvent = (node: string, event: AgentEvent): void => tell({ node, ...event });
  const onLoaded = (node: string): void => tell({ loaded: node });
  const onReport = async (report: SeedReport): Promise<void> => tell({ report });
  await seed({ bundle, blobs, nodes, maxBytesPerSecond, signal, chains, onEvent, onLoaded, onReport });
}

if (import.meta.main) {
  try {
    await drive(JSON.parse(await text(process.stdin)) as DrivenSeeding);
  } catch (error) {
    if (!(error instanceof PerimeterError)) throw error;
    const { code, message, findings } = error;
    tell({ error: { code, message, findings } });
  }
  process.exit(0);
}
