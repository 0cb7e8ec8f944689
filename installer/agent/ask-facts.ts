import { z } from 'zod';
import { PerimeterError } from '../base/errors.ts';
import type { HostHands, HostView } from '../hosts/host.ts';
import { type Fact, toFact } from '../hosts/survey.ts';
import { AgentSession } from './agent-session.ts';
import { programPath, runtimePath } from './paths.ts';
import { factsResultSchema } from './protocol.ts';

/** Longer than the agent itself waits for any answer. */
const longestAnswerMs = 30_000;

/** Whether an agent was sent to a host; of which version is not asked. */
export async function hasAgent(host: HostView): Promise<boolean> {
  const files = await Promise.all([runtimePath, programPath].map((path) => host.status(path)));
  return files.every((file) => file?.kind === 'file');
}

/**
 * What the agent on a host sees of its machine, as facts beside those of the survey. Raises E_AGENT when it cannot tell, for example because it
 * is of another version.
 */
export async function askFacts(
  host: HostHands,
  command: readonly string[],
  signal: AbortSignal,
): Promise<readonly Fact[]> {
  const agent = await AgentSession.start(host, command, () => {}, signal);
  try {
    const answer = await agent.call('facts', null, z.unknown(), longestAnswerMs);
    const { success, data } = factsResultSchema.safeParse(answer);
    if (success) return data.map(({ key, raw }) => toFact(key, 'systeminformation', raw));
    throw new PerimeterError('E_AGENT', {
      message: `The agent on ${host.name} tells facts in words that are not understood here`,
      hint: 'It is of another version; the next install sends the right one.',
      where: { host: host.name },
    });
  } finally {
    await agent.close();
  }
}
