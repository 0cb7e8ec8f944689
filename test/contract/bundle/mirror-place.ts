import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import type { Digest } from '../../../installer/base/digest.ts';
import { BlobStore } from '../../../installer/oci/blob-store.ts';
import { DistributionClient } from '../../../installer/oci/distribution-client.ts';
import { type SmallWorkshop, smallWorkshop } from '../../fixtures/small-bundle.ts';
import { account, registryName, startRegistry } from '../oci/real-registries.ts';
import { type LyingLine, lyingLine } from './lying-line.ts';
import { fillUpstream, repository } from './upstream-content.ts';

/** A real registry with something to mirror, reached past a line that does what it is told to. */
export interface MirrorPlace {
  /** Straight to the registry. */
  readonly client: DistributionClient;
  readonly index: Digest;
  readonly images: Readonly<Record<'amd64' | 'arm64', Digest>>;
  /** Holds config.json, where this person's accounts stand. */
  readonly folder: string;
  /** A new line, and a new workshop whose artifact `tool` is mirrored over it. */
  visit(): Promise<MirrorVisit>;
  remove(): Promise<void>;
}

export interface MirrorVisit {
  readonly line: LyingLine;
  readonly workshop: SmallWorkshop;
  /** Writes the recipe of `tool` anew: what is mirrored, and further lines. */
  recipe(digest: Digest, more?: string): Promise<void>;
  end(): Promise<void>;
}

export async function mirrorPlace(program: string): Promise<MirrorPlace> {
  const registry = await startRegistry(program);
  const folder = await mkdtemp(join(tmpdir(), 'perimeter-mirror-'));
  const client = new DistributionClient({
    url: `https://${registryName}:${registry.port}`,
    address: '127.0.0.1',
    ca: registry.authority,
    credentials: account,
  });
  const { index, images } = await fillUpstream(client, new BlobStore(join(folder, 'upstream')));
  const visit = async (): Promise<MirrorVisit> => {
    const line = await lyingLine(registry);
    const workshop = await smallWorkshop();
    vi.stubEnv('DOCKER_CONFIG', folder);
    const auth = Buffer.from(`${account.username}:${account.password}`).toString('base64');
    const accounts = { auths: { [`http://${line.host}/v1/`]: { auth } } };
    await writeFile(join(folder, 'config.json'), JSON.stringify(accounts), { mode: 0o600 });
    const recipe = async (digest: Digest, more = ''): Promise<void> =>
      await workshop.write(
        'tool/source.yaml',
        `kind: mirror\nsets: [core]\nlicence: Apache-2.0\nfrom: ${line.host}/${repository}:v1.2.3@${digest}\n${more}`,
      );
    await recipe(index);
    return {
      line,
      workshop,
      recipe,
      async end() {
        vi.unstubAllEnvs();
        line.close();
        await workshop[Symbol.asyncDispose]();
      },
    };
  };
  return {
    client,
    index,
    images,
    folder,
    visit,
    async remove() {
      client.close();
      await registry.remove();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
