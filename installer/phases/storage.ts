import { chartPhase } from '../engine/chart-step.ts';
import { storageRelease } from '../parts/storage/storage-release.ts';

/** Volumes for the services of the platform. */
export const storage = chartPhase({
  name: 'storage',
  title: 'Provide volumes',
  usualMs: 3_000,
  releases: [storageRelease],
});
