/** What a machine has, as far as the kubelet's reservations go by it. */
export interface MachineSizes {
  readonly cores: number;
  readonly memoryMib: number;
  /** Of the file system that holds /var/lib. */
  readonly diskMib: number;
}

/** Stands in a profile where the machine itself decides. */
const auto = 'auto';

const share = (of: number, part: number, least: number, most: number): number =>
  Math.min(most, Math.max(least, Math.round(of * part)));

/** Each value that may be `auto`, and how it follows from the machine: a share, but neither too small nor wasteful. */
const rules: Readonly<Record<string, { readonly words: string; size(machine: MachineSizes): string }>> = {
  'systemReserved.memory': {
    words: '3 % of the memory, 256 MiB to 1 GiB',
    size: ({ memoryMib }) => `${share(memoryMib, 0.03, 256, 1024)}Mi`,
  },
  'kubeReserved.memory': {
    words: '5 % of the memory, 256 MiB to 4 GiB',
    size: ({ memoryMib }) => `${share(memoryMib, 0.05, 256, 4096)}Mi`,
  },
  'systemReserved.cpu': {
    words: '1 % of the cores, 100 m to 500 m',
    size: ({ cores }) => `${share(cores * 1000, 0.01, 100, 500)}m`,
  },
  'kubeReserved.cpu': {
    words: '2 % of the cores, 100 m to 1000 m',
    size: ({ cores }) => `${share(cores * 1000, 0.02, 100, 1000)}m`,
  },
  'evictionHard.memory.available': {
    words: '1 % of the memory, 100 MiB to 1 GiB',
    size: ({ memoryMib }) => `${share(memoryMib, 0.01, 100, 1024)}Mi`,
  },
  'evictionHard.nodefs.available': {
    words: '5 % of the disk, 1 GiB to 50 GiB',
    size: ({ diskMib }) => diskRoom(diskMib),
  },
  'evictionHard.imagefs.available': {
    words: '5 % of the disk, 1 GiB to 50 GiB',
    size: ({ diskMib }) => diskRoom(diskMib),
  },
};

/** In percent a large disk would be called full while there is plenty of room: the share is capped. */
function diskRoom(diskMib: number): string {
  return `${share(diskMib, 0.05, 1024, 50 * 1024)}Mi`;
}

/** For a place that cannot be sized. */
export const autoUnknown =
  '`auto` is not known here; what can be sized: systemReserved and kubeReserved (cpu, memory), evictionHard (memory, nodefs, imagefs)';

type Kubelet = Readonly<Record<string, unknown>>;

/** Places in a kubelet configuration that say `auto`, with how they are sized; `words` is undefined where nothing can be. */
export function autoPlaces(
  kubelet: Kubelet,
): readonly { readonly path: string; readonly words: string | undefined }[] {
  return Object.entries(kubelet).flatMap(([key, value]) => {
    if (value === auto) return [{ path: key, words: rules[key]?.words }];
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return [];
    return Object.entries(value).flatMap(([inner, one]) =>
      one === auto ? [{ path: `${key}.${inner}`, words: rules[`${key}.${inner}`]?.words }] : [],
    );
  });
}

/** The same configuration with every `auto` sized for this machine; nothing else is changed. */
export function sizedKubelet(kubelet: Kubelet, machine: MachineSizes): Record<string, unknown> {
  const sized = structuredClone(kubelet) as Record<string, unknown>;
  for (const { path } of autoPlaces(kubelet)) {
    const [key = '', ...rest] = path.split('.');
    const inner = rest.join('.');
    const block = inner === '' ? sized : (sized[key] as Record<string, unknown>);
    block[inner === '' ? key : inner] = rules[path]?.size(machine);
  }
  return sized;
}
