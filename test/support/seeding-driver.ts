import { text } from 'node:stream/consumers';
import { PerimeterError } from '../../installer/base/errors.ts';
import { seed } from '../../installer/seed/seed.ts';
import { seedBlobs } from '../../installer/seed/seed-plan.ts';
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
}

const input = JSON.parse(await text(process.stdin)) as DrivenSeeding;
const tell = (value: object): void => void process.stdout.write(`${JSON.stringify(value)}\n`);
const bundle = madeBundle(input.artifacts, input.bundleDirectory);
try {
  const report = await seed({
    bundle,
    blobs: await seedBlobs(bundle),
    nodes: input.nodes.map(processNode),
    maxBytesPerSecond: input.maxBytesPerSecond,
    signal: new AbortController().signal,
    onEvent: (node, event) => tell({ node, ...event }),
  });
  const { user, system } = process.cpuUsage();
  tell({ report, cpuSeconds: (user + system) / 1e6 });
} catch (error) {
  if (!(error instanceof PerimeterError)) throw error;
  const { code, message, hint, findings } = error;
  tell({ error: { code, message, hint, findings } });
}
process.exit(0);
