import { controlPlaneNodes, type Site } from '../../site/site.ts';

export const vaultNamespace = 'secrets';
export const vaultPod = 'vault-0';
/** Service account of the chart as which the installer logs in. */
export const installerAccount = 'perimeter-installer';
/** Mount of the platform's own secrets; each environment has a mount named like its namespace. */
export const platformMount = 'platform';

export function environmentMount(environment: string): string {
  return `app-${environment}`;
}

/** How the key is shared out: one share per control-plane node and one for people; any two open the secret manager. */
export interface KeySharing {
  readonly shares: number;
  readonly threshold: number;
}

/**
 * A single control plane must be able to start alone after a power cut, so there the one share is the whole key: whoever has that
 * node's disk has the key too. With several, no single place holds enough.
 */
export function keySharing(site: Site): KeySharing {
  const holders = controlPlaneNodes(site).length;
  return holders === 1 ? { shares: 1, threshold: 1 } : { shares: holders + 1, threshold: 2 };
}
