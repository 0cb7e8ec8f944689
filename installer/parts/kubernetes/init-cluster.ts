import { dump } from 'js-yaml';
import type { Hands } from '../../engine/phase.ts';
import type { SiteNode } from '../../site/site.ts';
import { makeBootstrapToken } from './bootstrap-token.ts';
import { cgroupVersionOf } from './cgroup-version.ts';
import { clusterConfiguration, kubeletConfiguration } from './cluster-configuration.ts';
import { kubeadmPaths } from './kubeadm-paths.ts';
import { finishKubeadm, startKubeadm } from './kubeadm-run.ts';
import { sizedFor } from './machine-sizes.ts';
import { initConfiguration } from './node-configuration.ts';
import { nodeFiles, writeNodeFiles } from './node-files.ts';

/** Makes the cluster on its first control plane. The node must be bare. */
export async function initCluster(node: SiteNode, hands: Hands): Promise<void> {
  const { site, bundle } = hands;
  const host = hands.host(node.name);
  const cgroup = await cgroupVersionOf(host);
  await writeNodeFiles(host, nodeFiles(site, bundle, await sizedFor(node, host), cgroup));
  const configuration = [
    initConfiguration({ node, cgroup, token: makeBootstrapToken().text }),
    clusterConfiguration(site, bundle),
    kubeletConfiguration(),
  ];
  const text = configuration.map((document) => dump(document)).join('---\n');
  await host.writeFile(kubeadmPaths.configuration, text, { mode: 0o600 });
  // The join command would print its token into the log.
  const argv = ['init', `--config=${kubeadmPaths.configuration}`, '--skip-phases=addon,show-join-command'];
  await startKubeadm(host, argv, { site: site.name, action: 'init', at: new Date().toISOString() });
  await finishKubeadm(host, hands.signal);
}
