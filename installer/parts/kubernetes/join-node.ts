import { dump } from 'js-yaml';
import { PerimeterError } from '../../base/errors.ts';
import type { Hands } from '../../engine/phase.ts';
import { publicKeyHash, readAdminIdentity } from '../../kube/admin-kubeconfig.ts';
import type { SiteNode } from '../../site/site.ts';
import { allowToken, makeBootstrapToken } from './bootstrap-token.ts';
import { cgroupVersionOf } from './cgroup-version.ts';
import { controlPlaneStates, memberOf } from './control-planes.ts';
import { removeEtcdMember } from './etcd-members.ts';
import { withdrawJoinSecrets } from './join-secrets.ts';
import { kubeadmPaths } from './kubeadm-paths.ts';
import { finishKubeadm, startKubeadm } from './kubeadm-run.ts';
import { sizedFor } from './machine-sizes.ts';
import { joinConfiguration } from './node-configuration.ts';
import { nodeFiles, writeNodeFiles } from './node-files.ts';
import { resetNode } from './reset-node.ts';
import { makeRoomForLearner } from './room-for-learner.ts';
import { shareCertificates } from './shared-certificates.ts';

/** Joins a bare node. Token and certificate key are made for this join alone and withdrawn after it. */
export async function joinNode(node: SiteNode, hands: Hands): Promise<void> {
  const { site, bundle } = hands;
  const host = hands.host(node.name);
  const identity = readAdminIdentity(hands.credentials);
  if (identity === undefined) throw noMember(node);
  const cgroup = await cgroupVersionOf(host);
  await writeNodeFiles(host, nodeFiles(site, bundle, await sizedFor(node, host), cgroup));
  const token = makeBootstrapToken();
  try {
    await allowToken(hands.kube, token, node.name);
    const { api } = site.endpoints;
    const configuration = joinConfiguration({
      node,
      cgroup,
      endpoint: `${api.host}:${api.port}`,
      token: token.text,
      authorityHash: publicKeyHash(identity.certificateAuthority),
      ...(isControlPlane(node) ? { certificateKey: await certificateKey(node, hands) } : {}),
    });
    await host.writeFile(kubeadmPaths.configuration, dump(configuration), { mode: 0o600 });
    if (isControlPlane(node)) await makeRoomForLearner(await workingMember(node, hands), node, hands);
    const argv = ['join', `--config=${kubeadmPaths.configuration}`];
    await startKubeadm(host, argv, { site: site.name, action: 'join', at: new Date().toISOString() });
    await finishKubeadm(host, hands.signal);
  } finally {
    await withdrawJoinSecrets(hands.kube, node.name);
  }
}

/**
 * Takes an unfinished join back. The etcd member goes first, while the node may still run it: removing it later could cost the
 * majority that the removal itself needs.
 */
export async function undoJoin(node: SiteNode, hands: Hands): Promise<void> {
  const member = await workingMember(node, hands);
  if (isControlPlane(node)) {
    await removeEtcdMember(hands.host(member.name), node.address, hands.signal);
  }
  await hands.kube.delete({ apiVersion: 'v1', kind: 'Node', name: node.name });
  await resetNode(hands.host(node.name));
}

export function isControlPlane(node: SiteNode): boolean {
  return node.roles.includes('control-plane');
}

async function certificateKey(node: SiteNode, hands: Hands): Promise<string> {
  return await shareCertificates(await workingMember(node, hands), node, hands);
}

async function workingMember(node: SiteNode, hands: Hands): Promise<SiteNode> {
  const member = memberOf(await controlPlaneStates(hands));
  if (member === undefined) throw noMember(node);
  return member;
}

function noMember(node: SiteNode): PerimeterError {
  return new PerimeterError('E_KUBE_API', {
    message: `${node.name} cannot join: no control plane of the site works yet.`,
    hint: 'Run `perimeter install` again; the phase init-control-plane makes the first one.',
    retryable: true,
  });
}
