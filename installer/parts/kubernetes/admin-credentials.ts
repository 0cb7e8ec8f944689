import { PerimeterError } from '../../base/errors.ts';
import type { HostHands, HostView } from '../../hosts/host.ts';
import {
  adminKubeconfigName,
  kubeconfigFor,
  parseAdminKubeconfig,
  readAdminIdentity,
} from '../../kube/admin-kubeconfig.ts';
import type { CredentialStore, CredentialView } from '../../site/credentials.ts';
import type { Site, SiteNode } from '../../site/site.ts';
import { kubeadmPaths } from './kubeadm-paths.ts';

/** True when the stored kubeconfig belongs to the cluster that the node is a member of. */
export async function adminFits(credentials: CredentialView, member: HostView): Promise<boolean> {
  const identity = readAdminIdentity(credentials);
  if (identity === undefined) return false;
  const authority = await member.readFile(kubeadmPaths.certificateAuthority);
  return authority?.trim() === identity.certificateAuthority.trim();
}

/**
 * Brings the administrator's kubeconfig into the site's credentials, once. The other one that kubeadm makes, which no rule of the
 * cluster can restrain or revoke, is removed from the node.
 */
export async function fetchAdmin(
  site: Site,
  member: SiteNode,
  host: HostHands,
  credentials: CredentialStore,
): Promise<void> {
  const text = await host.readFile(kubeadmPaths.adminKubeconfig);
  if (text === undefined) {
    throw new PerimeterError('E_HOST_FILE', {
      message: `${kubeadmPaths.adminKubeconfig} is not on ${host.name} (${host.address}).`,
      hint: `Make it again there with \`kubeadm init phase kubeconfig admin\`, then run the same command again.`,
    });
  }
  // First: once the credentials are stored, nothing would come back here to remove it.
  await host.remove(kubeadmPaths.superAdminKubeconfig);
  const server = `https://${member.address}:6443`;
  await credentials.set(adminKubeconfigName, kubeconfigFor(server, site.name, parseAdminKubeconfig(text)));
}
