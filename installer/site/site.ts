import type { Digest } from '../base/digest.ts';
import type { NodeHardware } from './node-hardware.ts';
import type { Profile } from './profile.ts';
import type { NodeOverrides } from './profile-file.ts';
import type { Waiver } from './waivers.ts';

/** A site as declared: read, checked, defaults filled in. Everything else in the program works from this value. */
export interface Site {
  readonly name: string;
  /** DNS suffix of every service of the site, for example `try.perimeter.internal`. */
  readonly domain: string;
  /** Absolute path of the site folder. */
  readonly directory: string;
  /** Digest of the normalised value (without the directory); binds a saved plan to the site. */
  readonly digest: Digest;
  readonly network: SiteNetwork;
  readonly endpoints: SiteEndpoints;
  readonly gitops: { readonly engine: 'flux' | 'argocd'; readonly intervalSeconds: number };
  /** What each sender may take of its link, in bytes per second, while images and packages are seeded; 0: all of it. */
  readonly seeding: { readonly maxBytesPerSecond: number };
  /** Ordered by promotion: dev, test, prod. */
  readonly environments: readonly string[];
  /** The people known to Git from the first hour. */
  readonly people: readonly SitePerson[];
  readonly trust: SiteTrust;
  /** What is asked of everything that is carried in. */
  readonly import: { readonly scanner?: readonly string[] | undefined };
  /** In inventory order; at least one has the role control-plane. */
  readonly nodes: readonly SiteNode[];
  /** Files of the site's own playbooks, by their path in playbooks/. Absent: it has none. */
  readonly playbooks?: Readonly<Record<string, Digest>>;
  /** Findings of preflight that were accepted in writing; expired ones too. */
  readonly waivers: readonly Waiver[];
}

/** Whose signatures count. */
export interface SiteTrust {
  /** Those who may build bundles for the site. Several while one key takes over from another. */
  readonly bundleKeys: readonly TrustedKey[];
  /** Those who may bring bundles in, let an older one through, and say what a machine is that does not tell it. */
  readonly importerKeys: readonly TrustedKey[];
}

export interface TrustedKey {
  readonly name: string;
  /** PEM (SPKI) of an ECDSA key over P-256. */
  readonly publicKey: string;
  /** Date or time in ISO 8601 from which on the key no longer counts. */
  readonly notAfter?: string | undefined;
}

export interface SitePerson {
  readonly login: string;
  readonly fullName: string;
  readonly role: 'developer' | 'approver';
}

export interface SiteNetwork {
  readonly nodeCidr: string;
  readonly podCidr: string;
  readonly serviceCidr: string;
  /** Where installer and clients outside the cluster look for the way out that must not exist. Documentation addresses by default. */
  readonly outsideProbes: readonly string[];
}

/** Host name and port of each service; the same URL works on nodes, in pods and for the installer. */
export interface SiteEndpoints {
  readonly api: Endpoint;
  readonly registry: Endpoint;
  readonly git: Endpoint;
  readonly secrets: Endpoint;
}

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export const nodeRoles = ['control-plane', 'worker'] as const;
export type NodeRole = (typeof nodeRoles)[number];

export interface SiteNode {
  readonly name: string;
  readonly address: string;
  /** What shares a switch with other nodes of the same word. */
  readonly rack?: string;
  readonly roles: readonly NodeRole[];
  /** With what the node itself says on top. */
  readonly profile: Profile;
  /** That by itself, for explaining. */
  readonly overrides?: NodeOverrides;
  readonly ssh: NodeSsh;
  /** What the inventory says of the machine itself; absent where it says nothing. */
  readonly hardware?: NodeHardware;
}

export interface NodeSsh {
  readonly user: string;
  readonly port: number;
  /** Pinned host key, `ssh-ed25519 AAAA...` as in known_hosts. */
  readonly hostKey: string;
  /** Absolute path of the private key. */
  readonly keyFile: string;
}

export function controlPlaneNodes(site: Site): readonly SiteNode[] {
  return site.nodes.filter((node) => node.roles.includes('control-plane'));
}
