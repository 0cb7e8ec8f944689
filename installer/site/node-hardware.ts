import { z } from 'zod';

const Mac = z
  .string()
  .regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i, 'is no hardware address; for example: 02:1b:3c:4d:5e:6f')
  .transform((text) => text.toLowerCase());

/** Which machine a node is. Two of the three must agree with the machine before any of its disks is touched. */
const Identity = z
  .strictObject({
    serial: z.string().min(1).optional(),
    uuid: z
      .string()
      .regex(
        /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
        'is no UUID; on the machine: cat /sys/class/dmi/id/product_uuid',
      )
      .transform((text) => text.toLowerCase())
      .optional(),
    macs: z.array(Mac).min(1).optional(),
  })
  .refine(({ serial, uuid, macs }) => [serial, uuid, macs].filter((one) => one !== undefined).length >= 2, {
    error: 'names fewer than two of serial, uuid and macs; two must agree before a disk is touched',
  });

/** Metal3's root device hints, name by name: all that are given must hold, and exactly one disk must be left. */
export const DeviceHints = z
  .strictObject({
    deviceName: z
      .string()
      .regex(/^\/dev\/[\w/:.-]+$/, 'is no device; for example: /dev/disk/by-path/pci-0000:00:1f.2-ata-1'),
    hctl: z
      .string()
      .regex(/^\d+:\d+:\d+:\d+$/, 'is not of the form host:channel:target:lun; for example: 0:0:1:0'),
    model: z.string().min(1),
    vendor: z.string().min(1),
    serialNumber: z.string().min(1),
    minSizeGigabytes: z.int().min(1),
    wwn: z.string().min(1),
    wwnWithExtension: z.string().min(1),
    wwnVendorExtension: z.string().min(1),
    rotational: z.boolean(),
  })
  .partial()
  .refine((hints) => Object.keys(hints).length > 0, { error: 'holds no hint' });
export type DeviceHints = z.output<typeof DeviceHints>;

const Bmc = z.strictObject({
  address: z
    .string()
    .regex(/^(redfish\+https|redfish|ipmi|https):\/\/[^\s/@]+(\/\S*)?$/, {
      error: (issue) =>
        String(issue.input).includes('@')
          ? 'holds a user or password; credentials never stand in this file: use credentialRef'
          : 'is no address of a management controller; for example: redfish+https://10.99.0.11',
    })
    .meta({ example: 'address: redfish+https://10.99.0.11' }),
  /** Where the credentials are kept; never the credentials themselves. */
  credentialRef: z
    .string()
    .regex(/^[a-z][a-z0-9-]*:[\w./-]+$/, 'is no reference; for example: vault:kv/bmc/n1')
    .meta({ example: 'credentialRef: vault:kv/bmc/n1' }),
});

/** What inventory.yaml may say of the machine behind a node. Nothing of it is needed. */
export const nodeHardwareFields = {
  identity: Identity.optional(),
  expectModel: z
    .string()
    .regex(/^[-a-z0-9_]+$/, 'is no name of a model; see them: perimeter hardware ls')
    .optional(),
  rootDeviceHints: DeviceHints.optional(),
  etcdDeviceHints: DeviceHints.optional(),
  bmc: Bmc.optional(),
};

const NodeHardware = z.strictObject(nodeHardwareFields);
export type NodeHardware = z.output<typeof NodeHardware>;
