import { didYouMean } from '../base/suggest.ts';
import type { YamlPath } from '../base/yaml-document.ts';
import { networkRules } from './network-rules.ts';
import { repeated } from './repeated.ts';
import type { SiteOutline } from './site-outline.ts';

/** Takes one finding: which file, where in it, what is wrong. */
export type Complain = (file: 'site' | 'inventory' | 'waivers', path: YamlPath, message: string) => void;

/** What the rules need to know of a profile; roles are missing when the profile's own file has problems. */
export type KnownProfiles = ReadonlyMap<string, { readonly roles: readonly string[] | undefined }>;

/** Logins that the installer and the platform use themselves. */
const reservedLogins = [
  'perimeter',
  'platform',
  'flux',
  'ci-clone',
  'ci-status',
  'admin',
  'root',
  'git',
  'ghost',
  'user',
];

const allowedControlPlanes = [1, 3];
/** A merge needs two approvals, and nobody approves their own change. */
const neededApprovers = 2;

/** Everything about a site that no single value can show. Each rule complains about all that it finds. */
export function siteRules(outline: SiteOutline, profiles: KnownProfiles, complain: Complain): void {
  engineRule(outline, complain);
  networkRules(outline, complain);
  uniqueNodes(outline, complain);
  uniqueMachines(outline, complain);
  profileRule(outline, profiles, complain);
  roleRules(outline, profiles, complain);
  peopleRules(outline, complain);
  repeated(outline.environments, (index, first) =>
    complain('site', ['environments', index], `is named twice; the first is entry ${first}`),
  );
}

function engineRule({ engine }: SiteOutline, complain: Complain): void {
  if (engine !== 'argocd') return;
  complain(
    'site',
    ['gitops', 'engine'],
    'argocd is not in this version; write `engine: flux` or leave the line out',
  );
}

function uniqueNodes({ nodes }: SiteOutline, complain: Complain): void {
  const label = (index: number): string => nodes[index]?.name ?? `entry ${index}`;
  repeated(
    nodes.map((node) => node.name),
    (index, first) =>
      complain(
        'inventory',
        ['nodes', index, 'name'],
        `${nodes[index]?.name} is the name of two nodes; the first is entry ${first}`,
      ),
  );
  repeated(
    nodes.map((node) => node.address),
    (index, first) =>
      complain(
        'inventory',
        ['nodes', index, 'address'],
        `${nodes[index]?.address} is the address of ${label(first)} too`,
      ),
  );
  repeated(
    nodes.map((node) => node.hostKey),
    (index, first) =>
      complain(
        'inventory',
        ['nodes', index, 'ssh', 'hostKey'],
        `is the host key of ${label(first)} too: one of the two lines is wrong, or the machines are copies of one another (make new keys: ssh-keygen -A)`,
      ),
  );
}

/** A machine that two nodes claim would be taken for both. */
function uniqueMachines({ nodes }: SiteOutline, complain: Complain): void {
  const label = (index: number): string => nodes[index]?.name ?? `entry ${index}`;
  for (const key of ['serial', 'uuid'] as const) {
    repeated(
      nodes.map(({ identity }) => identity[key]),
      (index, first) =>
        complain('inventory', ['nodes', index, 'identity', key], `is the ${key} of ${label(first)} too`),
    );
  }
  const macs = nodes.flatMap(({ identity }, index) =>
    identity.macs.map((mac, place) => ({ mac, index, place })),
  );
  repeated(
    macs.map(({ mac }) => mac),
    (at, first) => {
      const { index = 0, place = 0 } = macs[at] ?? {};
      const owner = label(macs[first]?.index ?? 0);
      complain(
        'inventory',
        ['nodes', index, 'identity', 'macs', place],
        `is a hardware address of ${owner} too`,
      );
    },
  );
}

function profileRule({ nodes }: SiteOutline, profiles: KnownProfiles, complain: Complain): void {
  const known = [...profiles.keys()];
  for (const [index, { profile }] of nodes.entries()) {
    if (profile === undefined || profiles.has(profile)) continue;
    complain('inventory', ['nodes', index, 'profile'], unknownProfile(profile, known));
  }
}

/** The same words wherever a profile is named. */
export function unknownProfile(profile: string, known: readonly string[]): string {
  return `there is no profile "${profile}"${didYouMean(profile, known) || `; known: ${known.join(', ')}`}`;
}

/** Says nothing while a profile is unknown: the count would be wrong. */
function roleRules({ nodes }: SiteOutline, profiles: KnownProfiles, complain: Complain): void {
  const roles = nodes.map((node) => profiles.get(node.profile ?? '')?.roles);
  if (nodes.length === 0 || roles.includes(undefined)) return;
  const controlPlanes = roles.filter((list) => list?.includes('control-plane')).length;
  if (!allowedControlPlanes.includes(controlPlanes)) {
    const why =
      controlPlanes === 0
        ? 'a cluster needs one to exist'
        : controlPlanes % 2 === 0
          ? 'an even number survives no more than one fewer does'
          : 'three survive the loss of any one';
    complain(
      'inventory',
      ['nodes'],
      `${controlPlanes} ${controlPlanes === 1 ? 'node has' : 'nodes have'} the role control-plane (by their profiles); it must be 1 or 3: ${why}`,
    );
  }
  if (!roles.some((list) => list?.includes('worker'))) {
    complain(
      'inventory',
      ['nodes'],
      'no node has the role worker, so nothing could run; give one the profile compact or worker',
    );
  }
}

function peopleRules({ people }: SiteOutline, complain: Complain): void {
  if (people === undefined) return;
  repeated(
    people.map((person) => person.login),
    (index, first) =>
      complain(
        'site',
        ['people', index, 'login'],
        `${people[index]?.login} is named twice; the first is entry ${first}`,
      ),
  );
  for (const [index, { login }] of people.entries()) {
    if (login === undefined || !reservedLogins.includes(login)) continue;
    complain('site', ['people', index, 'login'], `"${login}" is used by the platform itself; choose another`);
  }
  const approvers = people.filter((person) => person.role === 'approver').length;
  if (approvers < neededApprovers) {
    complain(
      'site',
      ['people'],
      `names ${approvers === 0 ? 'no approver' : 'one approver'}; a merge needs two approvals, so at least ${neededApprovers} people need \`role: approver\``,
    );
  }
}
