import { z } from 'zod';
import { DeviceHints } from './node-hardware.ts';
import { repeated } from './repeated.ts';

const MountPoint = z
  .string()
  .regex(
    /^(\/[\w.-]+)+$/,
    'is no absolute path of plain letters, digits, dots and dashes; for example: /var/lib/etcd',
  )
  .refine((path) => !path.split('/').some((part) => part === '.' || part === '..'), {
    error: 'must not hold `.` or `..`',
  })
  .refine((path) => !ofTheSystem.test(path), {
    error: 'belongs to the system itself; a file system for data lies below /var/lib, /srv, /opt or the like',
  })
  .meta({ example: 'mount: /var/lib/etcd' });

/** What must be there before anything can be mounted, and what is no place on a disk. */
const ofTheSystem =
  /^\/(bin|boot|dev|etc|lib|lib32|lib64|proc|root|run|sbin|sys|tmp|usr|var|var\/lib|var\/lib\/dpkg)$|^\/(boot|dev|etc|proc|run|sys)\//;

/** A disk of its own for a folder. The disk is made into a file system only when it is blank, and is never wiped. */
export const FileSystem = z.strictObject({
  mount: MountPoint,
  /** `etcd`: the disk that etcdDeviceHints of the node fit. Otherwise hints that hold for every node of the profile. */
  disk: z.union([z.literal('etcd'), DeviceHints]).meta({ example: 'disk: etcd' }),
  type: z.enum(['ext4', 'xfs']).default('ext4').meta({ example: 'type: ext4' }),
  options: z
    .string()
    .regex(/^[\w=.,+-]+$/, 'is no list of mount options; for example: noatime')
    .default('defaults'),
});
export type FileSystem = z.output<typeof FileSystem>;

export const FileSystems = z.array(FileSystem).superRefine((list, context) => {
  repeated(
    list.map(({ mount }) => mount),
    (index, first) =>
      context.addIssue({
        code: 'custom',
        path: [index, 'mount'],
        message: `is named twice; the first is entry ${first}`,
      }),
  );
});
