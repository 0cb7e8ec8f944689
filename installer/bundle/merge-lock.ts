import type { ImagesLock } from './images-lock.ts';

/** The lock with some artifacts replaced, all others left as they were; of a whole lock only the optional ones are left. */
export function mergeLock(current: ImagesLock | undefined, part: ImagesLock, whole: boolean): ImagesLock {
  const replaced = new Set(part.artifacts.map((artifact) => artifact.name));
  const kept = (current?.artifacts ?? []).filter(
    ({ name, optional }) => !replaced.has(name) && (!whole || optional === true),
  );
  return { sequence: part.sequence, builtWith: part.builtWith, artifacts: [...kept, ...part.artifacts] };
}
