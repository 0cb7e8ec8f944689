import type { ExtendingProfileFile, ProfileFile } from './profile-file.ts';

/** A profile built on another: blocks of keys are merged and the later word wins, lists and single values are replaced. */
export function mergeProfile(base: ProfileFile, later: ExtendingProfileFile): ProfileFile {
  return {
    summary: later.summary ?? base.summary,
    roles: later.roles ?? base.roles,
    minimum: {
      cores: later.minimum?.cores ?? base.minimum.cores,
      memory: later.minimum?.memory ?? base.minimum.memory,
      diskFree: later.minimum?.diskFree ?? base.minimum.diskFree,
    },
    sysctl: { ...base.sysctl, ...later.sysctl },
    modules: later.modules ?? base.modules,
    kubelet: { ...base.kubelet, ...later.kubelet },
    labels: { ...base.labels, ...later.labels },
    taints: later.taints ?? base.taints,
  };
}
