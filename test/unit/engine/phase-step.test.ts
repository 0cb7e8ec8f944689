import { expect, test } from 'vitest';
import { type Change, type Hands, type Look, siteTarget } from '../../../installer/engine/phase.ts';
import { composePhase, defineStep, type PhaseStep } from '../../../installer/engine/phase-step.ts';

/** A step over a set of words; writes down what was called. */
function wordStep(name: string, words: readonly string[], world: Set<string>, calls: string[]): PhaseStep {
  return defineStep<readonly string[], { word: string }>({
    name,
    inspect: async () => words.filter((word) => !world.has(word)),
    plan: (missing) => missing.map((word) => ({ id: word, sentence: `add ${word}`, data: { word } })),
    async apply(change) {
      calls.push(change.id);
      world.add(change.data.word);
    },
    async settle() {
      calls.push(`settle ${name}`);
    },
  });
}

const look = {} as Look;
const hands = {} as Hands;

async function planned(phase: ReturnType<typeof composePhase>): Promise<readonly Change[]> {
  return phase.plan(await phase.inspect(siteTarget, look), siteTarget, {} as never);
}

test('steps plan together, and a step is settled before the next one is applied', async () => {
  const [world, calls] = [new Set<string>(), [] as string[]];
  const phase = composePhase({ name: 'p', title: 'P' }, [
    wordStep('one', ['a', 'b'], world, calls),
    wordStep('two', [], world, calls),
    wordStep('three', ['c', 'd'], world, calls),
  ]);
  const changes = await planned(phase);
  expect(changes.map((change) => change.id)).toEqual(['one/a', 'one/b', 'three/c', 'three/d']);
  for (const change of changes) await phase.apply(change, siteTarget, hands);
  expect(calls).toEqual(['a', 'b', 'settle one', 'c', 'd']);
  expect(await planned(phase)).toEqual([]);
});

test('a change that went through JSON still knows what to wait for', async () => {
  const [world, calls] = [new Set(['a']), [] as string[]];
  const phase = composePhase({ name: 'p', title: 'P' }, [
    wordStep('one', ['a', 'b'], world, calls),
    wordStep('two', ['c'], world, calls),
  ]);
  const changes = JSON.parse(JSON.stringify(await planned(phase))) as Change[];
  await phase.apply(changes[1] as Change, siteTarget, hands);
  expect(calls).toEqual(['settle one', 'c']);
});

test('settling the phase settles all steps', async () => {
  const calls: string[] = [];
  const phase = composePhase({ name: 'p', title: 'P' }, [
    wordStep('one', [], new Set(), calls),
    wordStep('two', [], new Set(), calls),
  ]);
  await phase.settle?.(siteTarget, hands);
  expect(calls).toEqual(['settle one', 'settle two']);
});
