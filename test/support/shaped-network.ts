import { execa } from 'execa';
import { killProcess } from '../../installer/base/kill-process.ts';

export interface ShapedHost {
  readonly namespace: string;
  readonly address: string;
}

export interface ShapedNetworkOptions {
  /** Begins the names of its namespaces; at most eight characters. */
  readonly prefix: string;
  readonly nodes: number;
  /** 0 leaves links as fast as the machine makes them. */
  readonly megabitsPerSecond: number;
}

const subnet = '10.213.7.0/24';

const ip = (...args: string[]): Promise<unknown> => execa('ip', args);
const inside = (namespace: string, ...argv: string[]): Promise<{ stdout: string }> =>
  execa('ip', ['netns', 'exec', namespace, ...argv]);

/**
 * A switch with one source and some nodes on links of a set speed, all in network namespaces of its own: the machine's network
 * is not touched, and nothing can leave. Links are shaped on both ends, so both directions have the speed.
 */
export class ShapedNetwork {
  readonly source: ShapedHost;
  readonly nodes: readonly ShapedHost[];
  readonly #prefix: string;

  private constructor(prefix: string, hosts: readonly ShapedHost[]) {
    this.#prefix = prefix;
    this.source = hosts[0] as ShapedHost;
    this.nodes = hosts.slice(1);
  }

  static async up(options: ShapedNetworkOptions): Promise<ShapedNetwork> {
    const hosts = Array.from({ length: options.nodes + 1 }, (_unused, index) => ({
      namespace: `${options.prefix}-${index}`,
      address: `10.213.7.${index + 1}`,
    }));
    const network = new ShapedNetwork(options.prefix, hosts);
    await network.down();
    await ip('netns', 'add', network.#hub);
    await inside(network.#hub, 'ip', 'link', 'add', 'br0', 'type', 'bridge');
    await inside(network.#hub, 'ip', 'link', 'set', 'br0', 'up');
    for (const [index, host] of hosts.entries()) await network.#plug(index, host);
    if (options.megabitsPerSecond > 0)
      for (const index of hosts.keys()) await network.setSpeed(index, options.megabitsPerSecond);
    return network;
  }

  /** Speed of a link in both directions; link 0 is the source's. */
  async setSpeed(index: number, megabitsPerSecond: number): Promise<void> {
    const shape = ['root', 'tbf', 'rate', `${megabitsPerSecond}mbit`, 'burst', '128kb', 'latency', '40ms'];
    await inside(this.#namespace(index), 'tc', 'qdisc', 'replace', 'dev', 'eth0', ...shape);
    await inside(this.#hub, 'tc', 'qdisc', 'replace', 'dev', `port${index}`, ...shape);
  }

  /** Pulls the plug: nobody is told, packets simply go nowhere. */
  async linkDown(index: number): Promise<void> {
    await inside(this.#hub, 'ip', 'link', 'set', `port${index}`, 'down');
  }

  async linkUp(index: number): Promise<void> {
    await inside(this.#hub, 'ip', 'link', 'set', `port${index}`, 'up');
  }

  /** Bytes that the host on this link has sent, headers included. */
  async sentBytes(index: number): Promise<number> {
    const { stdout } = await inside(this.#hub, 'cat', `/sys/class/net/port${index}/statistics/rx_bytes`);
    return Number(stdout);
  }

  /** Processes of a host. */
  async pids(index: number): Promise<readonly number[]> {
    const { stdout } = await execa('ip', ['netns', 'pids', this.#namespace(index)]);
    return stdout.split('\n').filter(Boolean).map(Number);
  }

  async down(): Promise<void> {
    const { stdout } = await execa('ip', ['netns', 'list']);
    const names = stdout.split('\n').map((line) => line.split(' ')[0] ?? '');
    const own = names.filter((name) => name === this.#hub || name.startsWith(`${this.#prefix}-`));
    for (const name of own) {
      const { stdout: pids } = await execa('ip', ['netns', 'pids', name]);
      for (const pid of pids.split('\n').filter(Boolean)) killProcess(Number(pid));
      await ip('netns', 'delete', name);
    }
  }

  get #hub(): string {
    return `${this.#prefix}-hub`;
  }

  #namespace(index: number): string {
    return `${this.#prefix}-${index}`;
  }

  async #plug(index: number, host: ShapedHost): Promise<void> {
    const port = `port${index}`;
    await ip('netns', 'add', host.namespace);
    await inside(
      this.#hub,
      'ip',
      'link',
      'add',
      port,
      'type',
      'veth',
      'peer',
      'name',
      'eth0',
      'netns',
      host.namespace,
    );
    await inside(this.#hub, 'ip', 'link', 'set', port, 'master', 'br0', 'up');
    await inside(host.namespace, 'ip', 'link', 'set', 'lo', 'up');
    await inside(host.namespace, 'ip', 'address', 'add', `${host.address}/24`, 'dev', 'eth0');
    await inside(host.namespace, 'ip', 'link', 'set', 'eth0', 'up');
    // Congestion control as Debian has it by default, whatever this machine's own kernel prefers.
    await inside(host.namespace, 'ip', 'route', 'change', subnet, 'dev', 'eth0', 'congctl', 'cubic');
  }
}
