import { z } from 'zod';
import { Address, HostName, ShortName } from './field-schemas.ts';
import { nodeHardwareFields } from './node-hardware.ts';
import { NodeOverrides } from './profile-file.ts';

const keyTypes = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'ssh-rsa',
];

/** A public host key as `ssh-keyscan` and /etc/ssh/ssh_host_ed25519_key.pub show it; a comment at the end is dropped. */
export const HostKey = z
  .string()
  .transform((text, context) => {
    const [type = '', base64 = ''] = text.trim().split(/\s+/);
    if (keyTypes.includes(type) && keyTypeInside(base64) === type) return `${type} ${base64}`;
    context.addIssue({
      code: 'custom',
      message:
        'is no SSH host key; it is the line in /etc/ssh/ssh_host_ed25519_key.pub of that host: ssh-ed25519 AAAA...',
    });
    return z.NEVER;
  })
  .meta({ example: 'hostKey: ssh-ed25519 AAAA...' });

/** The type that the key itself carries as its first field; empty when it is cut short. */
function keyTypeInside(base64: string): string {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length < 40 || bytes.toString('base64') !== base64) return '';
  return bytes.subarray(4, 4 + Math.min(bytes.readUInt32BE(0), 64)).toString('latin1');
}

const sshFields = {
  user: z
    .string()
    .regex(/^[a-z_][a-z0-9_-]*$/, 'is no user name')
    .meta({ example: 'user: root' }),
  port: z.int().min(1).max(65535),
  keyFile: z.string().min(1).meta({ example: 'keyFile: ssh/id_ed25519' }),
};

export const InventoryNode = z.strictObject({
  name: HostName,
  address: Address,
  profile: ShortName.meta({ example: 'profile: compact' }),
  ssh: z.strictObject({ hostKey: HostKey, ...z.strictObject(sshFields).partial().shape }),
  /** What shares a switch: the seeding chain passes each once. */
  rack: z.string().min(1).max(60).meta({ example: 'rack: r12' }).optional(),
  ...nodeHardwareFields,
  /** Only for this node: the last word on top of its profile. */
  overrides: NodeOverrides.optional(),
});

/** inventory.yaml: the machines. `ssh` on top holds for every node that does not say otherwise. */
export const InventoryFile = z.strictObject({
  ssh: z.strictObject(sshFields).partial().prefault({}),
  nodes: z.array(InventoryNode).min(1),
});
export type InventoryFile = z.output<typeof InventoryFile>;
