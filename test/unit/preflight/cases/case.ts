import { PerimeterError } from '../../../../installer/base/errors.ts';
import type {
  CheckStatus,
  NodeSubject,
  OutsideAnswer,
  SiteSubject,
} from '../../../../installer/preflight/check.ts';
import type { FileSystem } from '../../../../installer/site/file-systems.ts';
import type { NodeHardware } from '../../../../installer/site/node-hardware.ts';
import type { Profile } from '../../../../installer/site/profile.ts';
import type { SiteNode } from '../../../../installer/site/site.ts';
import { sampleSite } from '../../../support/sample-site.ts';
import { type Differences, declaredMachine } from '../subjects.ts';

/** What makes a check speak, and what it says then. */
export type Case = readonly [string, CheckStatus, Differences, Partial<SiteSubject>?];

export const told = (lines: NonNullable<Differences['told']>): Differences => ({ told: lines });
export const reading = (subject: Partial<NodeSubject>): Differences => ({ subject });
export const unaskedUnits = told({
  activeUnit: undefined,
  asked: ['files', 'mounts', 'ports', 'routes', 'failedUnits'],
});

export const refused = (
  code: 'E_HOST_UNREACHABLE' | 'E_HOST_KEY' | 'E_HOST_LOGIN',
): Partial<SiteSubject> => ({
  nodes: [],
  unreached: [{ node: 'n2', error: new PerimeterError(code, { message: 'no', hint: 'do' }) }],
});

export const answered = (...outside: readonly OutsideAnswer[]): Differences => reading({ outside });
export const outside = (
  way: OutsideAnswer['way'],
  word: string,
  more: Partial<OutsideAnswer> = {},
): Differences => answered({ way, address: '198.51.100.1', word, ...more });

/** The host has a way to somewhere by default. */
export const routed = (differences: Differences): Differences => ({
  ...differences,
  told: { route: '00000000 00000000', defaultDevice: 'eno1', defaultDevice6: 'eno1', ...differences.told },
});

export const nic = (words: string): Differences => told({ nic: `eno1 02:00:00:00:00:02 ${words}` });
export const declared = (
  more: { readonly [K in keyof NodeHardware]: NodeHardware[K] | undefined },
): Differences => ({
  node: { hardware: { ...declaredMachine(2), ...more } },
});
export const ownDisk = (wanted: FileSystem['disk']): FileSystem => ({
  mount: '/var/lib/etcd',
  disk: wanted,
  type: 'ext4',
  options: 'defaults',
});
export const profiled = (more: Partial<Profile>): Differences => ({
  node: { profile: { ...(sampleSite().nodes[1] as SiteNode).profile, ...more } },
});
export const worker: Differences = { node: { roles: ['worker'] } };
