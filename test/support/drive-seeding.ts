import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { productDirectory } from '../../installer/base/files.ts';
import type { DrivenSeeding, DriverLine } from './seeding-driver.ts';

/** Runs the installer's side of a seeding in a network namespace; every line it tells is handed over as it comes. */
export async function driveSeeding(
  namespace: string,
  spec: DrivenSeeding,
  onLine: (line: DriverLine) => void,
): Promise<void> {
  const runtime = spec.nodes[0]?.agent.runtime ?? process.execPath;
  const driver = productDirectory('test', 'support', 'seeding-driver.ts');
  const child = execa('ip', ['netns', 'exec', namespace, runtime, driver], {
    input: JSON.stringify(spec),
    buffer: false,
    stderr: 'inherit',
  });
  for await (const text of createInterface({ input: child.stdout })) onLine(JSON.parse(text) as DriverLine);
  await child;
}
