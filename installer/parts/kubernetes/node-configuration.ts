import type { SiteNode } from '../../site/site.ts';
import type { CgroupVersion } from './cgroup-version.ts';
import { containerdSocket, kubeadmPaths } from './kubeadm-paths.ts';

const kubeadmApi = 'kubeadm.k8s.io/v1beta4';

interface ConfiguredNode {
  readonly node: SiteNode;
  readonly cgroup: CgroupVersion;
}

export function initConfiguration(input: ConfiguredNode & { readonly token: string }): object {
  return {
    apiVersion: kubeadmApi,
    kind: 'InitConfiguration',
    // kubeadm makes a token anyway; this one is dead before anybody could use it.
    bootstrapTokens: [{ token: input.token, ttl: '1m0s' }],
    nodeRegistration: nodeRegistration(input),
    localAPIEndpoint: { advertiseAddress: input.node.address, bindPort: 6443 },
    patches: { directory: kubeadmPaths.patches },
  };
}

export interface JoinInput extends ConfiguredNode {
  /** Host name and port of the API endpoint. */
  readonly endpoint: string;
  readonly token: string;
  /** `sha256:<hex>` of the cluster's certificate authority's public key. */
  readonly authorityHash: string;
  /** Present for a control plane: decrypts the shared certificates. */
  readonly certificateKey?: string;
}

export function joinConfiguration(input: JoinInput): object {
  const { node, certificateKey } = input;
  return {
    apiVersion: kubeadmApi,
    kind: 'JoinConfiguration',
    nodeRegistration: nodeRegistration(input),
    discovery: {
      bootstrapToken: {
        apiServerEndpoint: input.endpoint,
        token: input.token,
        caCertHashes: [input.authorityHash],
      },
    },
    ...(certificateKey === undefined
      ? {}
      : {
          controlPlane: {
            certificateKey,
            localAPIEndpoint: { advertiseAddress: node.address, bindPort: 6443 },
          },
        }),
    patches: { directory: kubeadmPaths.patches },
  };
}

/** For `kubeadm init phase upload-certs` on a member: the key that encrypts, and whose address to ask. */
export function uploadConfiguration(member: SiteNode, certificateKey: string): object {
  return {
    apiVersion: kubeadmApi,
    kind: 'InitConfiguration',
    certificateKey,
    localAPIEndpoint: { advertiseAddress: member.address, bindPort: 6443 },
  };
}

function nodeRegistration({ node, cgroup }: ConfiguredNode): object {
  return {
    name: node.name,
    criSocket: containerdSocket,
    // Images are seeded or come from the site's registry; kubeadm must not wait for a pull that cannot work yet.
    imagePullPolicy: 'Never',
    taints: node.profile.taints.map(parseTaint),
    kubeletExtraArgs: [{ name: 'node-ip', value: node.address }],
    // The check knows no way to accept cgroup v1, even where the kubelet was told to.
    ignorePreflightErrors: cgroup === 'v1' ? ['SystemVerification'] : [],
  };
}

/** "dedicated=storage:NoSchedule" as Kubernetes' own object. */
function parseTaint(text: string): { key: string; value?: string; effect: string } {
  const match = /^([^=:]+)(?:=([^:]*))?:(\w+)$/.exec(text);
  const [key, value, effect] = [match?.[1], match?.[2], match?.[3]];
  if (key === undefined || effect === undefined) throw new Error(`a profile has the taint "${text}"`);
  return { key, ...(value === undefined || value === '' ? {} : { value }), effect };
}
