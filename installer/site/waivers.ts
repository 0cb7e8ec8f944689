import { z } from 'zod';
import { HostName } from './field-schemas.ts';

/** Accepts one finding in writing: who wants to know why finds the ticket, and it ends by itself. */
export interface Waiver {
  readonly check: string;
  /** Absent: on every node. */
  readonly node?: string | undefined;
  readonly reason: string;
  readonly ticket: string;
  /** The last day on which it holds, `2027-01-31`; until midnight UTC. */
  readonly expires: string;
}

const Day = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, 'is no day; for example: 2027-01-31')
  .refine(
    (text) => new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) ?? false,
    'is no day of the calendar',
  )
  .meta({ example: 'expires: 2027-01-31' });

/** waivers.yaml of a site folder. */
export const WaiversFile = z.strictObject({
  waivers: z.array(
    z.strictObject({
      check: z
        .string()
        .regex(/^[A-Z]+(-[A-Z]+)*-\d{2}$/, 'is no id of a check; see them: perimeter check --list')
        .meta({ example: 'check: HW-MEM-04' }),
      node: HostName.optional(),
      reason: z.string().min(10).meta({ example: 'reason: no ECC in these machines, replaced in spring' }),
      ticket: z.string().min(1).meta({ example: 'ticket: CHG-17' }),
      expires: Day,
    }),
  ),
});

export type WaiversFile = z.output<typeof WaiversFile>;

export function isExpired({ expires }: Waiver, now: Date): boolean {
  return now.getTime() >= new Date(`${expires}T00:00:00Z`).getTime() + 24 * 3600 * 1000;
}
