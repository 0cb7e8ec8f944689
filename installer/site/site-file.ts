import { z } from 'zod';
import { fingerprintOf, normalPublicKey } from '../base/signature.ts';
import { parseBytes } from '../base/units.ts';
import { Address, DomainName, Network, ShortName } from './field-schemas.ts';

export const Login = z
  .string()
  .regex(
    /^[a-z][a-z0-9]*([.-][a-z0-9]+)*$/,
    'must be lower-case letters, digits, dots and dashes, starting with a letter',
  )
  .max(39)
  .meta({ example: 'login: a.smith' });

const Person = z.strictObject({
  login: Login,
  fullName: z.string().min(1).max(80).meta({ example: 'fullName: Anna Smith' }),
  role: z.enum(['developer', 'approver']),
});

const TrustedKey = z.strictObject({
  name: ShortName,
  publicKey: z
    .string()
    .refine((text) => fingerprintOf(text) !== undefined, {
      error:
        'is no public key; it begins with -----BEGIN PUBLIC KEY----- and is printed by: perimeter bundle key show',
    })
    .transform((text) => normalPublicKey(text) ?? text),
  notAfter: z
    .string()
    .refine((text) => /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?$/.test(text) && !Number.isNaN(Date.parse(text)), {
      error: 'is no date or time in UTC; for example: 2027-06-30',
    })
    .optional(),
});

/** Set aside for documentation: whoever answers there is a way out. That nobody does proves nothing where a default route leads out. */
const documentationAddresses = ['192.0.2.1', '198.51.100.1', '203.0.113.1'];

/** site.yaml: what the site is. */
export const SiteFile = z.strictObject({
  name: ShortName.meta({ example: 'name: plant-2' }),
  domain: DomainName,
  network: z.strictObject({
    nodeCidr: Network.meta({ example: 'nodeCidr: 10.20.0.0/24' }),
    podCidr: Network.default('10.244.0.0/16'),
    serviceCidr: Network.default('10.96.0.0/16'),
    outsideProbes: z.array(Address).min(1).default(documentationAddresses),
  }),
  gitops: z
    .strictObject({
      engine: z.enum(['flux', 'argocd']).default('flux'),
      intervalSeconds: z.int().min(10).max(3600).default(30),
    })
    .prefault({}),
  seeding: z
    .strictObject({
      maxRate: z
        .string()
        .refine((text) => (parseBytes(text) ?? 0) > 0, {
          error: 'is no amount of bytes per second; for example: 50MB',
        })
        .transform((text) => parseBytes(text) ?? 0)
        .meta({ example: 'maxRate: 50MB' })
        .optional(),
    })
    .prefault({}),
  environments: z.array(ShortName).min(1).default(['dev', 'test', 'prod']),
  people: z.array(Person),
  import: z
    .strictObject({
      scanner: z
        .array(z.string().min(1))
        .min(1)
        .meta({ example: 'scanner: [/usr/bin/clamscan, -r]' })
        .optional(),
    })
    .prefault({}),
  trust: z
    .strictObject({
      bundleKeys: z.array(TrustedKey).default([]),
      importerKeys: z.array(TrustedKey).default([]),
    })
    .prefault({}),
});
export type SiteFile = z.output<typeof SiteFile>;
