import type { ImagesLock } from './images-lock.ts';

/** The lock with some artifacts replaced, all others left as they were. */
export function mergeLock(current: ImagesLock | undefined, part: ImagesLock): ImagesLock {
  const replaced = new Set(part.artifacts.map((artifact) => artifact.name));
  const kept = (current?.artifacts ?? []).filter((artifact) => !replaced.has(artifact.name));
  return { sequence: part.sequence, builtWith: part.builtWith, artifacts: [...kept, ...part.artifacts] };
}
