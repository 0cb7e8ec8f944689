import { z } from 'zod';
import { foreignLetter } from '../base/foreign-letter.ts';
import { formatCidr, parseAddress, parseCidr } from './networks.ts';

/** Forms of single values that several files of a site share. Each says by example what it wants. */

const labelPattern = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;

export const HostName = z
  .string()
  .regex(labelPattern, {
    error: ({ input }) =>
      `must be lower-case letters, digits and dashes, starting with a letter; for example: node-1${foreignLetter(String(input))}`,
  })
  .meta({ example: 'name: node-1' });

/** Short names that end up inside other names: a site, an environment. */
export const ShortName = z
  .string()
  .regex(
    /^[a-z]([a-z0-9-]{0,29}[a-z0-9])?$/,
    'must be up to 31 lower-case letters, digits and dashes, starting with a letter',
  )
  .meta({ example: 'plant-2' });

export const DomainName = z
  .string()
  .max(200)
  .refine(
    (text) => text.split('.').length >= 2 && text.split('.').every((label) => labelPattern.test(label)),
    {
      error:
        'must be a DNS name in lower case with at least two parts; for example: plant-2.example.internal',
    },
  )
  .refine((text) => text !== 'cluster.local' && !text.endsWith('.cluster.local'), {
    error: 'is inside cluster.local, which belongs to the cluster itself; choose another name',
  })
  .meta({ example: 'domain: plant-2.example.internal' });

export const Address = z
  .string()
  .refine((text) => parseAddress(text) !== undefined, {
    error: (issue) =>
      String(issue.input).includes(':')
        ? 'is an IPv6 address; this version works with IPv4 addresses, for example 10.20.0.11'
        : 'is no IPv4 address; for example: 10.20.0.11',
  })
  .meta({ example: 'address: 10.20.0.11' });

export const Network = z.string().superRefine((text, context) => {
  const network = parseCidr(text);
  if (network === undefined) {
    context.addIssue({ code: 'custom', message: 'is no IPv4 network; for example: 10.20.0.0/24' });
  } else if (formatCidr(network) !== text) {
    const message = `is an address inside a network; the network itself is ${formatCidr(network)}`;
    context.addIssue({ code: 'custom', message });
  }
});

const sizeUnits: Readonly<Record<string, number>> = { MiB: 1, GiB: 1024, TiB: 1024 * 1024 };

/** Text such as `16 GiB`; becomes mebibytes. */
export const SizeMib = z.string().transform((text, context) => {
  const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?) ?(MiB|GiB|TiB)$/.exec(text) ?? [];
  if (amount !== '') return Math.round(Number(amount) * (sizeUnits[unit] ?? 1));
  context.addIssue({ code: 'custom', message: 'is no size; for example: 16 GiB' });
  return z.NEVER;
});
