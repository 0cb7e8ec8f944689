import type { Survey } from '../hosts/survey.ts';
import type { NodeHardware } from '../site/node-hardware.ts';
import { linksOf } from './links.ts';

export interface IdentityReading {
  /** What the inventory names and the machine tells the same: serial, uuid, macs. */
  readonly agreeing: readonly string[];
  /** In words: what the machine tells otherwise. */
  readonly differing: readonly string[];
  /** Named, but not told by the machine. */
  readonly untold: readonly string[];
}

/** Holds the machine against what the inventory says of it. */
export function readIdentity(
  declared: NonNullable<NodeHardware['identity']>,
  survey: Survey,
): IdentityReading {
  const agreeing: string[] = [];
  const differing: string[] = [];
  const untold: string[] = [];
  const hold = (name: string, wanted: string, told: readonly string[], fits: boolean): void => {
    if (told.length === 0) untold.push(name);
    else if (fits) agreeing.push(name);
    else differing.push(`${name} is ${told.join(' or ')}, not ${wanted}`);
  };
  const { serial, uuid, macs } = declared;
  const same = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();
  if (serial !== undefined) {
    const told = survey.values('system.serial');
    hold(
      'serial',
      serial,
      told,
      told.some((one) => same(one, serial)),
    );
  }
  if (uuid !== undefined) {
    const told = survey.values('system.uuid');
    hold(
      'uuid',
      uuid,
      told,
      told.some((one) => same(one, uuid)),
    );
  }
  if (macs !== undefined) {
    const told = linksOf(survey).flatMap(({ mac }) => mac?.toLowerCase() ?? []);
    hold(
      'macs',
      macs.join(' and '),
      told,
      macs.every((mac) => told.includes(mac)),
    );
  }
  return { agreeing, differing, untold };
}

/** Two of the three agree and none differs: only then may a disk of this machine be touched. */
export function isProven({ agreeing, differing }: IdentityReading): boolean {
  return agreeing.length >= 2 && differing.length === 0;
}
