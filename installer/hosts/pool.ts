import { assertDefect } from '../base/errors.ts';
import type { Site } from '../site/site.ts';
import type { HostHands, HostPool } from './host.ts';
import { hostsAtOnce } from './hosts-at-once.ts';
import { Channels } from './transport/channels.ts';
import { type SshOptions, sshHost } from './transport/ssh.ts';

/**
 * The hosts of a site over SSH. Nothing is contacted before the first question to a host. However many are asked at once, only some are
 * being logged in to at the same time; a connection that was made stays.
 */
export function openHostPool(site: Pick<Site, 'nodes'>, options: SshOptions = {}): HostPool {
  const hosts = new Map<string, HostHands & { close(): Promise<void> }>();
  const logins = new Channels(hostsAtOnce);
  return {
    hands(name) {
      const known = hosts.get(name);
      if (known !== undefined) return known;
      const node = site.nodes.find((candidate) => candidate.name === name);
      assertDefect(node !== undefined, `the site has no node ${name}`);
      const host = sshHost(node, { logins, ...options });
      hosts.set(name, host);
      return host;
    },
    async close() {
      await Promise.all([...hosts.values()].map((host) => host.close()));
      hosts.clear();
    },
  };
}
