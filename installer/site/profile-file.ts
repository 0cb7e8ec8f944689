import { z } from 'zod';
import { Address, DomainName, ShortName, SizeMib } from './field-schemas.ts';
import { FileSystems } from './file-systems.ts';

const labelKey = /^([a-z0-9.-]+\/)?[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/;

/** What of a profile may be said; a file that extends another says only what differs. */
const fields = {
  summary: z.string().meta({ example: 'summary: control plane and worker on one node' }),
  roles: z
    .array(z.enum(['control-plane', 'worker']))
    .min(1)
    .meta({ example: 'roles: [control-plane, worker]' }),
  minimum: z.strictObject({
    cores: z.int().min(1).meta({ example: 'cores: 2' }),
    memory: SizeMib.meta({ example: 'memory: 4 GiB' }),
    diskFree: SizeMib.meta({ example: 'diskFree: 20 GiB' }),
  }),
  sysctl: z.record(
    z
      .string()
      .regex(/^[a-z0-9_-]+([./][\w.-]+)+$/, 'is no kernel parameter; for example: net.ipv4.ip_forward'),
    z.string(),
  ),
  modules: z.array(z.string().regex(/^[\w-]+$/, 'is no name of a kernel module; for example: br_netfilter')),
  kernelArguments: z.array(
    z
      .string()
      .regex(
        /^[A-Za-z0-9_.-]+(=[\w.,:/+@-]+)?$/,
        'is no kernel argument; for example: transparent_hugepage=never',
      ),
  ),
  packages: z.array(
    z.string().regex(/^[a-z0-9][a-z0-9+.-]+$/, 'is no name of a Debian package; for example: smartmontools'),
  ),
  timeServers: z.array(z.union([Address, DomainName])),
  filesystems: FileSystems,
  bootImages: z.array(ShortName),
  kubelet: z.record(z.string(), z.unknown()),
  labels: z.record(z.string().regex(labelKey, 'is no label key'), z.string()),
  taints: z.array(
    z
      .string()
      .regex(
        /^[^=:\s]+(=[^:\s]*)?:(NoSchedule|PreferNoSchedule|NoExecute)$/,
        'is no taint; for example: dedicated=storage:NoSchedule',
      ),
  ),
};

/** profiles/<name>.yaml of the product: everything is said. */
export const ProfileFile = z.strictObject(fields);
export type ProfileFile = z.output<typeof ProfileFile>;

/** profiles/<name>.yaml of a site that builds on one of the product's. Blocks of keys are merged, lists are replaced. */
export const ExtendingProfileFile = z.strictObject({
  extends: ShortName,
  ...z.strictObject(fields).partial().shape,
  minimum: fields.minimum.partial().optional(),
});
/** What one node may say on top of its profile, under `overrides` in the inventory. Roles are the profile's matter. */
export const NodeOverrides = z
  .strictObject({
    minimum: fields.minimum.partial(),
    sysctl: fields.sysctl,
    modules: fields.modules,
    kernelArguments: fields.kernelArguments,
    packages: fields.packages,
    timeServers: fields.timeServers,
    filesystems: fields.filesystems,
    bootImages: fields.bootImages,
    kubelet: fields.kubelet,
    labels: fields.labels,
    taints: fields.taints,
  })
  .partial();
export type NodeOverrides = z.output<typeof NodeOverrides>;

export type ExtendingProfileFile = z.output<typeof ExtendingProfileFile>;
