import type { Digest } from '../../base/digest.ts';
import { PerimeterError } from '../../base/errors.ts';
import type { BlobStore } from '../../oci/blob-store.ts';
import type { LayerEntry } from '../../oci/layer.ts';
import { parseImageConfig, parseManifest } from '../../oci/manifest.ts';
import { readLayer } from '../../oci/read-layer.ts';
import type { ImageSettings } from '../recipe/schema.ts';
import type { BaseImage } from './made-artifact.ts';

/** What a base brings that the layer above must respect. */
export interface BaseContents {
  readonly directories: ReadonlySet<string>;
  readonly links: ReadonlySet<string>;
  readonly passwd: string;
  readonly group: string;
}

const nothing: BaseContents = { directories: new Set(), links: new Set(), passwd: '', group: '' };

/** The base's layers as they stand in the cache. */
export async function readBaseImage(store: BlobStore, name: string, digest: Digest): Promise<BaseImage> {
  const manifest = parseManifest(String(await store.read(digest)), `image ${name}`);
  const config = parseImageConfig(String(await store.read(manifest.config.digest)), `image ${name}`);
  const layers = manifest.layers.map((descriptor, index) => ({
    descriptor,
    diffId: config.rootfs.diff_ids[index] as Digest,
  }));
  return { name, layers };
}

export async function readBaseContents(store: BlobStore, base: BaseImage | undefined): Promise<BaseContents> {
  if (base === undefined) return nothing;
  const directories = new Set<string>();
  const links = new Set<string>();
  const texts = new Map<string, string>();
  for (const layer of base.layers) {
    for await (const { header, content } of readLayer(
      store.stream(layer.descriptor.digest),
      layer.descriptor.mediaType,
      `Image ${base.name}, layer ${layer.descriptor.digest}`,
    )) {
      const path = `/${header.name.replace(/\/$/, '')}`;
      if (header.type === 'directory') directories.add(path);
      if (header.type === 'symlink') links.add(path);
      if (path === '/etc/passwd' || path === '/etc/group') texts.set(path, await textOf(content));
    }
  }
  const [passwd = '', group = ''] = [texts.get('/etc/passwd'), texts.get('/etc/group')];
  return { directories, links, passwd, group };
}

async function textOf(content: AsyncIterable<Buffer>): Promise<string> {
  let text = '';
  for await (const chunk of content) text += chunk;
  return text;
}

/** What an image has besides its programs: users, the usual folders of an image from nothing, the recipe's folders and links. */
export function settingsEntries(image: ImageSettings, base: BaseContents): LayerEntry[] {
  const fromNothing = base === nothing;
  const users = image.passwd ?? [];
  const passwd = users.map((user) => `${user.name}:x:${user.uid}:${user.gid}::${user.home}:/sbin/nologin\n`);
  const groups = users.map((user) => `${user.name}:x:${user.gid}:\n`);
  const given = (image.directories ?? []).map(
    (directory): LayerEntry => ({
      type: 'directory',
      path: directory.path,
      mode: octal(directory.mode, 0o755),
      uid: directory.uid ?? 0,
      gid: directory.gid ?? 0,
    }),
  );
  const usual: LayerEntry[] = fromNothing
    ? [
        { type: 'directory', path: '/tmp', mode: 0o1777 },
        { type: 'directory', path: '/etc/ssl/certs' },
      ]
    : [];
  const taken = new Set([...given, ...usual].map((entry) => entry.path));
  const homes = users
    .filter((user) => !taken.has(user.home) && !base.directories.has(user.home) && user.home !== '/')
    .map((user): LayerEntry => ({ type: 'directory', path: user.home, uid: user.uid, gid: user.gid }));
  const accounts: LayerEntry[] =
    fromNothing || users.length > 0
      ? [
          textEntry('/etc/passwd', accountLines(base.passwd || rootUser, passwd)),
          textEntry('/etc/group', accountLines(base.group || rootGroup, groups)),
        ]
      : [];
  const links = (image.links ?? []).map(
    (link): LayerEntry => ({ type: 'link', path: link.path, target: link.target }),
  );
  return [
    ...usual.filter((entry) => !given.some((own) => own.path === entry.path)),
    ...given,
    ...homes,
    ...accounts,
    ...links,
  ];
}

const rootUser = 'root:x:0:0:root:/root:/sbin/nologin\n';
const rootGroup = 'root:x:0:\n';

function textEntry(path: string, text: string): LayerEntry {
  return { type: 'file', path, content: Buffer.from(text) };
}

/** Adds accounts whose name and number the file does not have yet. */
function accountLines(text: string, added: readonly string[]): string {
  const lines = [...new Set(added)].filter((line) => !text.includes(`\n${line.split(':')[0]}:`));
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${lines.join('')}`;
}

export function octal(text: string | undefined, otherwise: number): number {
  return text === undefined ? otherwise : Number.parseInt(text, 8);
}

/** A path that goes through one of the base's links would replace the link by a folder: refused. */
export function refuseThroughLinks(
  entries: readonly LayerEntry[],
  base: BaseContents,
  artifact: string,
): void {
  for (const entry of entries) {
    for (let at = entry.path.lastIndexOf('/'); at > 0; at = entry.path.lastIndexOf('/', at - 1)) {
      if (!base.links.has(entry.path.slice(0, at))) continue;
      throw new PerimeterError('E_BUILD_FAILED', {
        message: `Artifact ${artifact}: ${entry.path} goes through ${entry.path.slice(0, at)}, which is a link in its base image`,
        hint: 'Write the path that the link leads to into images/*/source.yaml, for example /usr/bin instead of /bin.',
      });
    }
  }
}
