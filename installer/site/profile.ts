import type { NodeRole } from './site.ts';

/** What a node of a kind is: the data of profiles/<name>.yaml. */
export interface Profile {
  readonly name: string;
  readonly roles: readonly NodeRole[];
  readonly minimum: { readonly cores: number; readonly memoryMib: number; readonly diskFreeMib: number };
  readonly sysctl: Readonly<Record<string, string>>;
  readonly modules: readonly string[];
  /** Values merged into the KubeletConfiguration. */
  readonly kubelet: Readonly<Record<string, unknown>>;
  readonly labels: Readonly<Record<string, string>>;
  /** Taints as `key=value:Effect`. */
  readonly taints: readonly string[];
}
