import type { Profile } from './profile.ts';
import type { ExtendingProfileFile, NodeOverrides, ProfileFile } from './profile-file.ts';

const lists = [
  'modules',
  'kernelArguments',
  'packages',
  'timeServers',
  'filesystems',
  'bootImages',
  'taints',
] as const;
type Lists = Pick<Profile, (typeof lists)[number]>;
type Blocks = Lists & Pick<Profile, 'sysctl' | 'kubelet' | 'labels'>;

/** A profile built on another: blocks of keys are merged and the later word wins, lists and single values are replaced. */
export function mergeProfile(base: ProfileFile, later: Partial<ExtendingProfileFile>): ProfileFile {
  return {
    summary: later.summary ?? base.summary,
    roles: later.roles ?? base.roles,
    minimum: {
      cores: later.minimum?.cores ?? base.minimum.cores,
      memory: later.minimum?.memory ?? base.minimum.memory,
      diskFree: later.minimum?.diskFree ?? base.minimum.diskFree,
    },
    ...(mergeBlocks(base, later) as Pick<ProfileFile, keyof Blocks>),
  };
}

/** What one node says on top of its profile. */
export function overrideProfile(profile: Profile, later: NodeOverrides): Profile {
  const { minimum } = profile;
  return {
    ...profile,
    minimum: {
      cores: later.minimum?.cores ?? minimum.cores,
      memoryMib: later.minimum?.memory ?? minimum.memoryMib,
      diskFreeMib: later.minimum?.diskFree ?? minimum.diskFreeMib,
    },
    ...mergeBlocks(profile, later),
  };
}

function mergeBlocks(base: Blocks, later: { readonly [K in keyof Blocks]?: Blocks[K] | undefined }): Blocks {
  return {
    ...(Object.fromEntries(lists.map((name) => [name, later[name] ?? base[name]])) as unknown as Lists),
    sysctl: { ...base.sysctl, ...later.sysctl },
    kubelet: { ...base.kubelet, ...later.kubelet },
    labels: { ...base.labels, ...later.labels },
  };
}
