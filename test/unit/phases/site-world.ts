import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ErrorCode } from '../../../installer/base/error-codes.ts';
import { PerimeterError } from '../../../installer/base/errors.ts';
import { silentEvents } from '../../../installer/base/events.ts';
import type { OpenBundle } from '../../../installer/bundle/bundle.ts';
import { noJournal } from '../../../installer/engine/journal.ts';
import type { EngineSetup } from '../../../installer/engine/setup.ts';
import { CredentialStore } from '../../../installer/site/credentials.ts';
import type { Site } from '../../../installer/site/site.ts';
import type { SiteRequest, SiteResponse } from '../../../installer/site/site-https.ts';
import { ChangeLine } from '../../../installer/testkit/change-line.ts';
import { MemoryCluster } from '../../../installer/testkit/memory-cluster.ts';
import { reconcile } from '../../../installer/testkit/memory-flux.ts';
import { MemoryGitServer } from '../../../installer/testkit/memory-git-server.ts';
import type { MemoryHost } from '../../../installer/testkit/memory-host.ts';
import { MemoryRegistry } from '../../../installer/testkit/memory-registry.ts';
import { MemorySecretManager } from '../../../installer/testkit/memory-secret-manager.ts';
import { sampleSite } from '../../support/sample-site.ts';
import { controllersOf, effectsOf, nodeObject } from './site-controllers.ts';
import { siteHost } from './site-host.ts';
import { stateOfSite } from './site-state.ts';

// Nothing in it is worth waiting for a disk.
const root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'perimeter-site-'));
let worlds = 0;

/** Everything that an installation changes, in memory and on one line of changes; only the credentials are a file, as always. */
export class SiteWorld {
  readonly line = new ChangeLine();
  readonly site: Site;
  readonly bundle: OpenBundle;
  readonly cluster: MemoryCluster;
  readonly git: MemoryGitServer;
  readonly secrets: MemorySecretManager;
  readonly registry: MemoryRegistry;
  readonly hosts: readonly MemoryHost[];

  constructor(bundle: OpenBundle, nodeCount: number, from?: SiteWorld) {
    this.bundle = bundle;
    const site = sampleSite(join(root, String((worlds += 1))));
    this.site = { ...site, nodes: site.nodes.slice(0, nodeCount) };
    mkdirSync(this.site.directory, { recursive: true });
    if (from !== undefined && existsSync(credentialsOf(from.site)))
      copyFileSync(credentialsOf(from.site), credentialsOf(this.site));
    this.cluster = new MemoryCluster(this.line, from?.cluster.snapshot());
    this.git = new MemoryGitServer(this.line, from?.git.state);
    this.secrets = new MemorySecretManager(this.line, from?.secrets.state);
    this.registry = new MemoryRegistry(this.line, from?.registry.tags);
    this.hosts = this.site.nodes.map((node) => siteHost(node, this));
    controllersOf(this);
    for (const { name } of from === undefined ? this.site.nodes : []) this.cluster.put(nodeObject(name));
    const flux = { cluster: this.cluster, git: this.git, effects: effectsOf };
    this.line.react = () => reconcile(flux);
  }

  /** The same state in a world of its own. */
  copy(): SiteWorld {
    return new SiteWorld(this.bundle, this.hosts.length, this);
  }

  /** What the next installer works with: it knows nothing but what is written down. */
  async setup(): Promise<EngineSetup> {
    const byName = new Map(this.hosts.map((host) => [host.name, host]));
    return {
      site: this.site,
      bundle: this.bundle,
      hosts: { hands: (name) => byName.get(name) as MemoryHost, close: async () => {} },
      kube: this.cluster,
      credentials: onLine(await CredentialStore.open(this.site.directory), this.line),
      events: silentEvents,
      journal: noJournal,
      signal: this.line.signal,
    };
  }

  /** Answers what the installer asks services of the site. */
  async ask(code: ErrorCode, { url, method, headers, body }: SiteRequest): Promise<SiteResponse> {
    const { hostname, pathname, search } = new URL(url);
    const { endpoints } = this.site;
    const service = hostname === endpoints.git.host ? this.git : this.secrets;
    const [namespace, name] = service === this.git ? ['git', 'gitea-0'] : ['secrets', 'vault-0'];
    const pod = await this.cluster.get({ apiVersion: 'v1', kind: 'Pod', namespace, name });
    if (pod === undefined)
      throw new PerimeterError(code, {
        message: `${hostname} does not run`,
        hint: 'Start it.',
        retryable: true,
      });
    const answer = await service.send({ method, path: `${pathname}${search}`, headers, body });
    return { ...answer, headers: {} };
  }

  credentials(): Readonly<Record<string, string>> {
    const path = credentialsOf(this.site);
    return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>) : {};
  }

  /** All that there is, comparable: what is random goes by its name. */
  state(): unknown {
    return stateOfSite(this);
  }
}

export function removeWorlds(): void {
  rmSync(root, { recursive: true, force: true });
}

function credentialsOf({ directory }: Site): string {
  return join(directory, 'credentials.json');
}

/** Each writing of a credential is a change at which the installer can die. */
function onLine(store: CredentialStore, line: ChangeLine): CredentialStore {
  const { set, delete: remove } = store;
  store.set = async (name, value) => {
    if (store.get(name) === value) return;
    await line.local(`keep the credential ${name}`, () => set.call(store, name, value));
  };
  store.delete = (name) => line.local(`forget the credential ${name}`, () => remove.call(store, name));
  return store;
}
