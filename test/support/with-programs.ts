import type { HostHands } from '../../installer/hosts/host.ts';

/** The same host, on which commands that only look find the programs of this folder before any others. */
export function withPrograms(host: HostHands, folder: string): HostHands {
  const path = `PATH=${folder}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
  return Object.create(host, {
    query: {
      value: (...[argv, options]: Parameters<HostHands['query']>) =>
        host.query(['env', path, ...argv], options),
    },
  }) as HostHands;
}
