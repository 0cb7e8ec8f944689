import { existsSync } from 'node:fs';
import type { KubeObject } from '../../../installer/kube/kube.ts';
import { escrowPath } from '../../../installer/parts/secrets/keep-share.ts';
import type { GitState } from '../../../installer/testkit/memory-git-state.ts';
import type { SecretState } from '../../../installer/testkit/memory-secret-state.ts';
import { stateOf } from '../suites/state-of.ts';
import type { SiteWorld } from './site-world.ts';

/** All that is in a world. Secrets go by their names, and what only counts or dates is left out: two installations differ in that. */
export function stateOfSite(world: SiteWorld): unknown {
  const credentials = world.credentials();
  const state = {
    cluster: Object.values(world.cluster.snapshot()).map(withoutRequests),
    git: gitState(world.git.state),
    secrets: secretState(world.secrets.state),
    registry: world.registry.tags,
    hosts: world.hosts.map(stateOf),
    credentials: Object.keys(credentials).toSorted(),
    escrow: existsSync(escrowPath(world.site)),
  };
  const named = [
    ...Object.entries(credentials),
    ...world.secrets.state.shares.map((share, index) => [`share ${index + 1}`, share] as const),
  ].toSorted(([, a], [, b]) => b.length - a.length);
  let text = JSON.stringify(state);
  for (const [name, value] of named) {
    const inJson = JSON.stringify(value).slice(1, -1);
    for (const form of [inJson, Buffer.from(value).toString('base64')])
      text = text.replaceAll(form, `<${name}>`);
  }
  return JSON.parse(text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>'));
}

/** Having asked a controller to look at once is no state. */
function withoutRequests(object: KubeObject): object {
  const { 'reconcile.fluxcd.io/requestedAt': _asked, ...annotations } = object.metadata.annotations ?? {};
  return { ...object, metadata: { ...object.metadata, annotations } };
}

function gitState({ users, organisations, teams, repositories, hooks }: GitState): object {
  return {
    users: Object.values(users).map(({ tokens, ...user }) => ({
      ...user,
      tokens: tokens.map(({ name, sha1 }) => ({ name, sha1 })),
    })),
    teams: Object.values(teams).map(({ settings, members }) => ({ settings, members })),
    hooks: Object.values(hooks).map(({ id: _counts, ...hook }) => hook),
    organisations,
    repositories,
  };
}

/** Tokens of logins end by themselves; what an application keeps is random. */
function secretState({ tokens, kept, submitted: _passing, ...settings }: SecretState): object {
  return {
    ...settings,
    roots: Object.values(tokens).filter((policies) => policies.includes('root')).length,
    kept: Object.entries(kept).map(([path, values]) => [
      path,
      path.startsWith('app-') ? Object.keys(values) : values,
    ]),
  };
}
