import { dirname, join, normalize } from 'node:path';
import type { Header } from 'tar-stream';
import { PerimeterError } from '../base/errors.ts';
import { safePath } from '../oci/read-layer.ts';

/**
 * Says of one entry of an archive after the other whether it may be written into a folder of this machine: nothing that leads out of
 * it, nothing twice, nothing but files, folders and links.
 */
export class FolderRules {
  readonly #what: string;
  /** Every path so far, those of folders that are only implied included. */
  readonly #known = new Map<string, 'folder' | 'file' | 'link'>();

  /** `what` names the archive in messages. */
  constructor(what: string) {
    this.#what = what;
  }

  /** The entry's path below the folder. Raises E_BUNDLE_DAMAGED. */
  pathOf({
    name,
    type,
    linkname,
  }: Pick<Header, 'name' | 'type'> & { readonly linkname?: string | null }): string {
    const path = safePath(name, this.#what);
    for (const parent of parentsOf(path)) {
      const before = this.#known.get(parent) ?? 'folder';
      // A link may lead where only the next link shows that it is outside: nothing is written through one.
      if (before !== 'folder') throw this.#refused(`${path}, which goes through the ${before} ${parent}`);
      this.#known.set(parent, 'folder');
    }
    const before = this.#known.get(path);
    const isFolder = type === 'directory';
    if (before !== undefined && !(isFolder && before === 'folder')) throw this.#refused(`${path} twice`);
    if (type === 'symlink') this.#requireInside(path, linkname ?? '');
    else if (type !== 'file' && !isFolder) throw this.#refused(`${path} of type ${type}`);
    this.#known.set(path, isFolder ? 'folder' : type === 'symlink' ? 'link' : 'file');
    return path;
  }

  /** Held against the folder as a root of its own: an absolute target would lead elsewhere on this machine. */
  #requireInside(path: string, target: string): void {
    const leadsTo = normalize(join(dirname(path), target));
    if (target.startsWith('/') || leadsTo.split('/')[0] === '..')
      throw this.#refused(`the link ${path} to ${target}, outside its folder`);
  }

  #refused(thing: string): PerimeterError {
    return new PerimeterError('E_BUNDLE_DAMAGED', {
      message: `${this.#what} holds ${thing}`,
      hint: 'Do not use this bundle. Ask whoever made it where it comes from.',
    });
  }
}

function parentsOf(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}
