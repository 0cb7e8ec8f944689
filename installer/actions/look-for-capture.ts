import { programPath } from '../agent/paths.ts';
import type { SeenMachine } from '../hardware/capture.ts';
import type { HostHands } from '../hosts/host.ts';
import type { Survey } from '../hosts/survey.ts';
import { readToolOutputs, type ToolOutput } from '../hosts/tool-outputs.ts';
import { lookClosely } from './survey-site.ts';

/** All that a machine and the tools on it tell, for a model that is captured from it. Only looks. */
export async function lookForCapture(
  host: HostHands,
  note: (text: string) => void,
  signal: AbortSignal,
): Promise<SeenMachine> {
  const survey = await lookClosely(host, note, signal);
  const outputs = await readToolOutputs(host);
  const byAgent = await agentOutput(host, survey);
  return { survey, outputs: byAgent === undefined ? outputs : [...outputs, byAgent] };
}

/** What the agent told, as a tool like the others: the agent's file is what can be held against a bundle later. */
async function agentOutput(host: HostHands, survey: Survey): Promise<ToolOutput | undefined> {
  const collector = 'systeminformation';
  const told = survey.all.filter((fact) => fact.collector === collector);
  if (told.length === 0) return undefined;
  const version = told.find(({ key }) => key === 'libraryVersion')?.raw ?? '';
  const sha256 = (await host.sha256(programPath)) ?? '';
  // By its names, so that what belongs to the one machine is found by them.
  const byKey = [...Map.groupBy(told, ({ key }) => key)].map(([key, of]) => [
    key,
    of.map(({ raw }) => unfolded(raw)),
  ]);
  const text = JSON.stringify(Object.fromEntries(byKey));
  return { collector, command: 'agent: facts', tool: { path: programPath, version, sha256 }, text };
}

function unfolded(raw: string): unknown {
  return raw.startsWith('{') ? JSON.parse(raw) : raw;
}
