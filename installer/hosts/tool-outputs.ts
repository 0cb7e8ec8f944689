import { evidenceScript } from './evidence-script.ts';
import type { HostView } from './host.ts';

/** A program that was asked, so that one can tell later whether it was to be believed. */
export interface Tool {
  readonly path: string;
  readonly version: string;
  /** Of the program's file. */
  readonly sha256: string;
}

/** What a tool printed, word by word: serial numbers may be in it. */
export interface ToolOutput {
  readonly collector: string;
  readonly command: string;
  readonly tool: Tool | undefined;
  readonly text: string;
}

/** Asks the tools that are there. Raises what `HostView.query` raises. */
export async function readToolOutputs(host: HostView): Promise<readonly ToolOutput[]> {
  const argv = ['sh', '-c', evidenceScript, 'show-evidence'];
  const { stdout } = await host.query(argv, { timeoutMs: 120_000 });
  return parseToolOutputs(stdout);
}

export function parseToolOutputs(printed: string): readonly ToolOutput[] {
  const lines = printed.split('\n').map((line) => line.split(' '));
  const tools = new Map(
    lines.flatMap(([kind, name = '', sha256 = '', path = '', version = '']): [string, Tool][] =>
      kind === 'tool' ? [[name, { path, version: unpacked(version), sha256 }]] : [],
    ),
  );
  return lines.flatMap(([kind, collector = '', command = '', text = '']) =>
    kind === 'output'
      ? [{ collector, command: unpacked(command), tool: tools.get(collector), text: unpacked(text) }]
      : [],
  );
}

function unpacked(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8').trimEnd();
}
