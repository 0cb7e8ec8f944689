import { assertDefect } from '../base/errors.ts';
import type { Site } from '../site/site.ts';
import type { HostHands, HostPool } from './host.ts';
import { type SshOptions, sshHost } from './transport/ssh.ts';

/** The hosts of a site over SSH. Nothing is contacted before the first question to a host. */
export function openHostPool(site: Pick<Site, 'nodes'>, options: SshOptions = {}): HostPool {
  const hosts = new Map<string, HostHands & { close(): Promise<void> }>();
  return {
    hands(name) {
      const known = hosts.get(name);
      if (known !== undefined) return known;
      const node = site.nodes.find((candidate) => candidate.name === name);
      assertDefect(node !== undefined, `the site has no node ${name}`);
      const host = sshHost(node, options);
      hosts.set(name, host);
      return host;
    },
    async close() {
      await Promise.all([...hosts.values()].map((host) => host.close()));
      hosts.clear();
    },
  };
}
