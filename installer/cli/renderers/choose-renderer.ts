import type { OutputMode } from '../verb.ts';
import { jsonRenderer } from './json.ts';
import { linesRenderer } from './lines.ts';
import type { Renderer } from './renderer.ts';

/** Streams as the frame needs them: machine output on `stdout`, human status on `stderr`. */
export interface OutputStreams {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** What fits the place where the program runs: a tree needs a terminal that can move its cursor. */
export function defaultOutput(
  streams: OutputStreams,
  env: Readonly<Record<string, string | undefined>>,
): OutputMode {
  const capable = hasScreen(streams) && env['TERM'] !== 'dumb' && env['CI'] === undefined;
  return capable ? 'tree' : 'lines';
}

/** The tree's library is loaded only when a tree is drawn. A tree asked for without a terminal becomes lines. */
export async function chooseRenderer(mode: OutputMode, streams: OutputStreams): Promise<Renderer> {
  if (mode === 'json') return jsonRenderer((text) => streams.stdout.write(text));
  if (mode === 'tree' && hasScreen(streams)) {
    const { treeRenderer } = await import('./tree.ts');
    return treeRenderer(streams.stderr, streams.stdout);
  }
  return linesRenderer((text) => streams.stderr.write(text));
}

/** Some terminals in scripts claim to be none columns wide: nothing can be drawn there. */
function hasScreen({ stderr }: OutputStreams): boolean {
  return stderr.isTTY && stderr.columns > 0;
}
