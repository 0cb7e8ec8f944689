import process from 'node:process';
import { text } from 'node:stream/consumers';
import { AgentSession } from '../../installer/agent/agent-session.ts';
import { type AgentEvent, loadResultSchema } from '../../installer/agent/protocol.ts';
import { PerimeterError } from '../../installer/base/errors.ts';
import { imagePlan } from '../../installer/seed/image-plan.ts';
import { seed } from '../../installer/seed/seed.ts';
import { seedBlobs } from '../../installer/seed/seed-plan.ts';
import type { SeedReport } from '../../installer/seed/seed-request.ts';
import { type MadeArtifact, madeBundle } from '../fixtures/made-bundle.ts';
import { type ProcessHost, processNode } from './process-host.ts';

/**
 * The installer's side of a seeding as a process of its own, so that it can run in a network namespace and be killed. Reads what
 * to do as JSON, tells events as lines of JSON, ends with the report or the error.
 */
export interface DrivenSeeding {
  readonly artifacts: readonly MadeArtifact[];
  readonly bundleDirectory: string;
  readonly nodes: readonly ProcessHost[];
  readonly maxBytesPerSecond: number;
  /** Whether images are loaded into containerd as well. */
  readonly load: boolean;
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
  const nodes = input.nodes.map(processNode);
  const signal = new AbortController().signal;
  tell({ ready: true });
  const { maxBytesPerSecond } = input;
  const onEvent = (node: string, event: AgentEvent): void => tell({ node, ...event });
  tell({ report: await seed({ bundle, blobs, nodes, maxBytesPerSecond, signal, onEvent }) });
  if (!input.load) return;
  const images = await imagePlan(bundle, 'registry.bench.internal:30500');
  await Promise.all(
    nodes.map(async ({ host, command }) => {
      const session = await AgentSession.start(host, command, () => {}, signal);
      await session.call('load', { images }, loadResultSchema);
      await session.close();
      tell({ loaded: host.name });
    }),
  );
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
