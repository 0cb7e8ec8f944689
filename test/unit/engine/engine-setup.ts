import { digestOf } from '../../../installer/base/digest.ts';
import type { PerimeterEvent } from '../../../installer/base/events.ts';
import type { JsonObject } from '../../../installer/base/json.ts';
import type { OpenBundle } from '../../../installer/bundle/bundle.ts';
import { type Change, definePhase, type Phase, siteTarget } from '../../../installer/engine/phase.ts';
import type { EngineSetup } from '../../../installer/engine/setup.ts';
import type { Site } from '../../../installer/site/site.ts';

/** An engine set-up whose hosts and cluster may not be touched: engine tests work on phases over plain values. */
export function engineSetup(
  events: PerimeterEvent[],
  journal: JsonObject[],
  signal = new AbortController().signal,
): EngineSetup {
  const untouchable = (what: string): never => {
    throw new Error(`the engine test touched ${what}`);
  };
  return {
    site: { name: 'unit', digest: digestOf('site') } as Site,
    bundle: { version: '1', digest: digestOf('bundle') } as OpenBundle,
    hosts: { hands: () => untouchable('a host'), close: async () => {} },
    kube: undefined as never,
    credentials: undefined as never,
    events: { emit: (event) => events.push(event) },
    journal: { record: async (entry) => void journal.push(entry) },
    signal,
  };
}

/** A phase over a set of words: plans one change per missing word, in order. */
export function wordsPhase(
  name: string,
  world: Set<string>,
  wanted: readonly string[],
  apply?: (word: string) => void | Promise<void>,
): Phase {
  return definePhase<readonly string[], { word: string }>({
    name,
    title: `Words of ${name}`,
    targets: () => [siteTarget],
    inspect: async () => wanted.filter((word) => !world.has(word)),
    plan: (missing) =>
      missing.map(
        (word): Change<{ word: string }> => ({ id: word, sentence: `add ${word}`, data: { word } }),
      ),
    async apply(change) {
      if (apply === undefined) world.add(change.data.word);
      else await apply(change.data.word);
    },
  });
}
