import type { PlatformRelease } from '../../kube/release.ts';

/** Volumes in a folder of the node; the default class, so that claims need not name one. */
export const storageRelease: PlatformRelease = {
  name: 'local-path-provisioner',
  namespace: 'local-path-storage',
  // Its helper pods mount a folder of the node.
  podSecurity: 'privileged',
  chart: 'chart-local-path-provisioner',
  images: ['local-path-provisioner', 'toolbox'],
  values: () => ({}),
};
