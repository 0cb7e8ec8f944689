import type { NodePlaces } from '../../installer/agent/paths.ts';
import { localHost } from '../../installer/hosts/transport/local.ts';
import type { SeedNode } from '../../installer/seed/seed-request.ts';
import { withPrograms } from './with-programs.ts';

export interface ProcessHost {
  readonly name: string;
  readonly address: string;
  /** Network namespace to run in; the current one when absent. */
  readonly namespace?: string;
  /** Where this node's seed store and containerd are. */
  readonly directory: string;
  readonly agent: { readonly runtime: string; readonly program: string };
  /** Where ctr is; absent for a node that has none. */
  readonly programs?: string;
  /** Variables for the agent, on top of its paths. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Where such a node has what the installer looks at. */
export function placesOf({ directory }: Pick<ProcessHost, 'directory'>): NodePlaces {
  return {
    seedDirectory: `${directory}/seed`,
    containerdRoot: `${directory}/containerd`,
    containerdSocket: `${directory}/containerd.sock`,
  };
}

/** A node of a seeding that is nothing but an agent process with a folder, started the way it is started over SSH. */
export function processNode(host: ProcessHost): SeedNode {
  const local = localHost(host.name);
  const hands = Object.create(local, {
    name: { value: host.name },
    address: { value: host.address },
    start: { value: local.start.bind(local) },
  }) as typeof local;
  const places = placesOf(host);
  const variables = {
    UV_THREADPOOL_SIZE: '8',
    PERIMETER_SEED_DIRECTORY: places.seedDirectory,
    PERIMETER_CONTAINERD_ROOT: places.containerdRoot,
    PERIMETER_CONTAINERD_SOCKET: places.containerdSocket,
    ...host.environment,
  };
  return {
    host: host.programs === undefined ? hands : withPrograms(hands, host.programs),
    command: [
      ...(host.namespace === undefined ? [] : ['ip', 'netns', 'exec', host.namespace]),
      'env',
      ...Object.entries(variables).map(([name, value]) => `${name}=${value}`),
      host.agent.runtime,
      '--max-old-space-size=96',
      '--max-semi-space-size=4',
      host.agent.program,
      'session',
    ],
  };
}
