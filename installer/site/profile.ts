import type { FileSystem } from './file-systems.ts';
import type { NodeRole } from './site.ts';

/** What a node of a kind is: the data of profiles/<name>.yaml. */
export interface Profile {
  readonly name: string;
  readonly roles: readonly NodeRole[];
  readonly minimum: { readonly cores: number; readonly memoryMib: number; readonly diskFreeMib: number };
  readonly sysctl: Readonly<Record<string, string>>;
  readonly modules: readonly string[];
  /** As on the command line of the kernel: `transparent_hugepage=never`. */
  readonly kernelArguments: readonly string[];
  /** Further packages out of the bundle. */
  readonly packages: readonly string[];
  /** Addresses or names; with none the clock is somebody else's matter. */
  readonly timeServers: readonly string[];
  readonly filesystems: readonly FileSystem[];
  /** Artifacts whose images are on the nodes before the cluster starts, beside those that it starts with. */
  readonly bootImages: readonly string[];
  /** Values merged into the KubeletConfiguration. */
  readonly kubelet: Readonly<Record<string, unknown>>;
  readonly labels: Readonly<Record<string, string>>;
  /** Taints as `key=value:Effect`. */
  readonly taints: readonly string[];
}
