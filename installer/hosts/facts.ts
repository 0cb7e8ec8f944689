import { factsScript } from './facts-script.ts';
import type { HostView } from './host.ts';
import { parseFacts } from './parse-facts.ts';

/** The first look at a host: what one command without any program of ours can tell. */
export interface HostFacts {
  /** From /etc/os-release: id "debian", version "12". */
  readonly os: { readonly id: string; readonly version: string; readonly name: string };
  readonly kernel: string;
  /** The clock is the host's own; in a container it is that of the machine below. */
  readonly setsClock: boolean;
  /** What the running kernel was started with. */
  readonly kernelArguments: readonly string[];
  /** GRUB starts it, and its settings lie in /etc/default. */
  readonly grub: boolean;
  /** As `uname -m` says: "x86_64". */
  readonly architecture: string;
  readonly hostname: string;
  readonly cores: number;
  readonly memoryMib: number;
  /** Free for files below /var/lib. */
  readonly diskFreeMib: number;
  readonly cgroupVersion: 1 | 2;
  /** Host's clock minus this machine's, by the middle of the question's way; off by at most half of `clockErrorMs`. */
  readonly clockSkewMs: number;
  readonly clockErrorMs: number;
  readonly uptimeSeconds: number;
  /** Differs after every boot. */
  readonly bootId: string;
  /** False where everything is built into the kernel. */
  readonly kernelModules: boolean;
  /** Bridged packets can be shown to iptables. */
  readonly bridgeNetfilter: boolean;
  /** Root may make a process less likely to be killed for memory. */
  readonly canLowerOomScore: boolean;
  /** The audit daemon has its folder for rules: /etc/audit/rules.d. */
  readonly hasAuditRules: boolean;
  /** The kernel takes such rules now. It does not in a container, nor once they were locked until the next boot. */
  readonly takesAuditRules: boolean;
  /** Devices and files in use as swap. */
  readonly swap: readonly string[];
  /** TCP ports that something listens on, sorted. */
  readonly listeningPorts: readonly number[];
  readonly hasDefaultRoute: boolean;
  /** Directly known networks, as CIDR, without the default route. */
  readonly routes: readonly string[];
  /** Paths of a Kubernetes node that are there: kubelet, /etc/kubernetes, ... */
  readonly kubernetesTraces: readonly string[];
  /** kubeadm has written this node's kubelet configuration. */
  readonly kubeletConfigured: boolean;
  /** What /var/lib/perimeter/site.json says: the site that the host belongs to. */
  readonly siteMarker: string | undefined;
}

/** Raises what `HostView.query` raises. */
export async function gatherFacts(host: HostView): Promise<HostFacts> {
  return (await gatherFactsBy(host, factsScript, 'look-at-host', 20_000)).facts;
}

/** By a script that prints at least what the facts script prints; also returns all that it printed. */
export async function gatherFactsBy(
  host: HostView,
  script: string,
  name: string,
  timeoutMs: number,
): Promise<{ readonly facts: HostFacts; readonly output: string }> {
  const before = Date.now();
  const { stdout } = await host.query(['sh', '-c', script, name], { timeoutMs });
  return { facts: parseFacts(stdout, before, Date.now()), output: stdout };
}
