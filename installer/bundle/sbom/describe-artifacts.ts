import { DefectError } from '../../base/errors.ts';
import { type Events, silentEvents } from '../../base/events.ts';
import { mapParallel } from '../../base/parallel.ts';
import type { ArtifactCache } from '../build/artifact-cache.ts';
import type { BuiltWith } from '../build/build-artifacts.ts';
import { buildInputs } from '../build/build-key.ts';
import { baseOf } from '../build/select-recipes.ts';
import type { Recipe } from '../recipe/load-recipes.ts';
import type { StoredAttachment } from './attach.ts';
import { describeArtifact } from './describe-artifact.ts';

/** Reading layers and hashing their files keep two cores busy. */
const sideBySide = 2;

/** What is attached to each of the artifacts, by name; described anew only where the cache has nothing. */
export async function describeArtifacts(
  cache: ArtifactCache,
  wanted: readonly Recipe[],
  all: readonly Recipe[],
  { built, toolchain }: BuiltWith,
  { events = silentEvents, signal }: { readonly events?: Events; readonly signal?: AbortSignal },
): Promise<ReadonlyMap<string, readonly StoredAttachment[]>> {
  let done = 0;
  const described = await mapParallel(wanted, sideBySide, async (recipe) => {
    signal?.throwIfAborted();
    const artifact = built.get(recipe.name);
    if (artifact === undefined) throw new DefectError(`artifact ${recipe.name} was neither made nor refused`);
    const baseName = baseOf(recipe);
    const base = baseName === undefined ? undefined : built.get(baseName);
    const inputs = await buildInputs(recipe, toolchain, base?.digest);
    const suite = [recipe, all.find((one) => one.name === baseName)]
      .map((one) => (one?.body.kind === 'debian' ? one.body.suite : undefined))
      .find((one) => one !== undefined);
    const own = await describeArtifact(cache, { recipe, built: artifact, inputs, base, suite });
    const attached = sorted([...own, ...(artifact.attached ?? [])]);
    done += 1;
    events.emit({
      kind: 'progress',
      scope: ['bundle', 'describe'],
      done,
      total: wanted.length,
      unit: 'steps',
    });
    return [recipe.name, attached] as const;
  });
  return new Map(described);
}

/** By kind, then digest: the order in which they stand in the index. */
function sorted(attached: readonly StoredAttachment[]): readonly StoredAttachment[] {
  const place = ({ attachment: { kind, digest } }: StoredAttachment): string => `${kind} ${digest}`;
  return attached.toSorted((a, b) => (place(a) < place(b) ? -1 : 1));
}
