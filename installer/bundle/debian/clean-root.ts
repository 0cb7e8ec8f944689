import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream';
import { extract, pack as tarPack } from 'tar-stream';
import { putTarEntry, tarStream } from '../../oci/layer.ts';

/** Left out: what names the machine it was made on, devices, caches, and what no program reads. */
const leftOut = [
  /^(dev|etc\/apt|proc|run|sys|tmp|var\/cache|var\/lib\/apt|var\/log|var\/tmp)\/./,
  /^etc\/(hostname|resolv\.conf|machine-id)$/,
  /^usr\/share\/(locale|man|info|lintian|linda|bug)\/./,
  /^var\/lib\/dpkg\/(lock|lock-frontend|[^/]+-old|triggers\/Lock)$/,
];
/** The licence texts stay: whoever passes the programs on must pass these on too. */
const documentation = /^usr\/share\/doc\/[^/]+\/.+$/;
const copyright = /^usr\/share\/doc\/[^/]+\/copyright$/;

export function isLeftOut(path: string): boolean {
  return leftOut.some((pattern) => pattern.test(path)) || (documentation.test(path) && !copyright.test(path));
}

export interface CleanedRoot {
  readonly tar: Readable;
  /** Text of var/lib/dpkg/status, there when the tar has been read to its end. */
  status(): string;
}

/** The tar of a Debian root as a layer: same order, no leading `./`, no times, names of users or devices. */
export function cleanDebianRoot(file: string): CleanedRoot {
  const pack = tarPack();
  const unpack = extract();
  let status = '';
  pipeline(
    createReadStream(file, { highWaterMark: 1 << 20 }),
    unpack as unknown as NodeJS.WritableStream,
    (error) => {
      if (error) pack.destroy(error);
    },
  );
  const work = async (): Promise<void> => {
    for await (const source of unpack) {
      const { header } = source;
      const path = header.name.replace(/^\.\//, '').replace(/\/$/, '');
      const plain =
        header.type === 'file' ||
        header.type === 'directory' ||
        header.type === 'symlink' ||
        header.type === 'link';
      if (path === '' || path === '.' || !plain || isLeftOut(path)) {
        source.resume();
        continue;
      }
      const next = {
        name: header.type === 'directory' ? `${path}/` : path,
        type: header.type,
        mode: header.mode,
        uid: header.uid,
        gid: header.gid,
        size: header.size,
        mtime: new Date(0),
        linkname: header.linkname === null ? null : header.linkname.replace(/^\.\//, ''),
      } as Parameters<typeof putTarEntry>[1];
      if (header.type !== 'file') {
        source.resume();
        await putTarEntry(pack, next);
      } else if (path === 'var/lib/dpkg/status') {
        const chunks: Buffer[] = [];
        for await (const chunk of source) chunks.push(chunk as Buffer);
        status = String(Buffer.concat(chunks));
        await putTarEntry(pack, next, chunks);
      } else {
        await putTarEntry(pack, next, source as AsyncIterable<Buffer>);
      }
    }
    pack.finalize();
  };
  work().catch((error: unknown) => pack.destroy(error instanceof Error ? error : new Error(String(error))));
  return { tar: tarStream(pack), status: () => status };
}
