import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { waitFor } from '../../../installer/base/condition.ts';
import { cacheDirectory } from '../../../installer/base/files.ts';
import { type Background, startBackground } from '../../support/background.ts';
import type { Arm } from './arm.ts';
import type { BenchSite } from './bench-site.ts';
import type { Corpus } from './corpus.ts';

const port = 5000;

/** Every node pulls from one registry on the source: the hub that most platforms end up with. Debian's registry, plain HTTP. */
export function registryPull(): Arm {
  let server: Background | undefined;
  return {
    name: 'registry',
    title: 'every node pulls from a registry on the source',

    async prepare(site, corpus) {
      const storage = cacheDirectory('bench', 'registry');
      await mkdir(storage, { recursive: true });
      const config = join(site.directory, 'registry.json');
      const settings = {
        version: 0.1,
        log: { level: 'error', accesslog: { disabled: true } },
        storage: { filesystem: { rootdirectory: storage } },
        http: { addr: `0.0.0.0:${port}` },
      };
      await writeFile(config, JSON.stringify(settings));
      const inSource = ['netns', 'exec', site.network.source.namespace];
      server = startBackground(['ip', ...inSource, 'docker-registry', 'serve', config]);
      const url = `docker://${site.network.source.address}:${port}`;
      await waitFor({
        description: 'the registry has every image',
        timeoutMs: 600_000,
        intervalMs: 500,
        probe: async () => {
          for (const { name, repository } of corpus.images) {
            const from = `oci:${corpus.layout}:${name}`;
            const to = `${url}/${repository}:v1`;
            await execa('ip', [...inSource, 'skopeo', 'copy', '-q', '--dest-tls-verify=false', from, to]);
          }
          return true;
        },
      });
    },

    async run(site, corpus) {
      const startedAt = performance.now();
      const bootMs: number[] = [];
      const nodeMs = await Promise.all(
        site.nodes.map(async (node) => {
          for (const [index, image] of corpus.images.entries()) {
            await pull(site, node.namespace, node.containerd.socket, image.repository);
            if (index === bootImages(corpus) - 1) bootMs.push(performance.now() - startedAt);
          }
          return performance.now() - startedAt;
        }),
      );
      return { allMs: Math.max(...nodeMs), bootMs: Math.max(...bootMs), nodeMs };
    },

    async clear() {
      await server?.stop();
    },
  };
}

function bootImages(corpus: Corpus): number {
  return corpus.artifacts.filter(({ sets }) => sets?.includes('core')).length;
}

async function pull(site: BenchSite, namespace: string, socket: string, repository: string): Promise<void> {
  const name = `${site.network.source.address}:${port}/${repository}:v1`;
  const fetch = [site.ctr, '-a', socket, '-n', 'k8s.io', 'content', 'fetch', '--plain-http', name];
  await execa('ip', ['netns', 'exec', namespace, ...fetch]);
}
