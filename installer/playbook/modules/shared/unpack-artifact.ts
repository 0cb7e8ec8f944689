import { runtimePath, seedDirectory } from '../../../agent/paths.ts';
import { hexOf } from '../../../base/digest.ts';
import type { HostHands } from '../../../hosts/host.ts';
import { mediaTypes } from '../../../oci/media-types.ts';
import type { NodeArtifact } from '../../node-artifact.ts';
import type { PlacedFile } from './unpack-record.ts';

/** On the file system of most targets, so that files are renamed and not copied. */
const workingDirectory = '/usr/local/lib/perimeter';

/** Reads zstd on standard input, writes what was in it. */
const decompressProgram =
  'const { pipeline } = require("stream");' +
  'pipeline(process.stdin, require("zlib").createZstdDecompress(), process.stdout, (error) => { if (error) throw error; });';

/**
 * Unpacks layers beside everything else first, then renames file by file, so that a program that is started meanwhile is whole.
 * Arguments: seed store, working folder, runtime, then compression and SHA-256 of each layer. Prints for every file its SHA-256,
 * mode, stamp, target and path, parted by tabs. A minimal Debian cannot read zstd; the agent's runtime can. Nothing waits for the
 * disk: what a power cut takes away no longer has its stamp, and is found by the next look.
 */
const unpackScript = `
set -eu
store=$1 runtime=$3
umask 022
mkdir -p -- "$2"
rm -rf -- "$2"/.unpack-*
stage=$(mktemp -d -- "$2/.unpack-XXXXXX")
trap 'rm -rf -- "$stage"' EXIT
mkdir "$stage/root"
mkfifo "$stage/tar"
shift 3
while [ $# -gt 1 ]; do
  blob=$store/$2
  [ -e "$blob" ] || { echo "blob $2 is not in the seed store $store" >&2; exit 66; }
  [ "$(sha256sum < "$blob")" = "$2  -" ] || { echo "blob $2 in the seed store is altered" >&2; exit 66; }
  case $1 in
    zstd) LD_LIBRARY_PATH=$(dirname -- "$runtime") "$runtime" -e '${decompressProgram}' < "$blob" > "$stage/tar" & ;;
    gzip) gzip -dc < "$blob" > "$stage/tar" & ;;
    *) cat < "$blob" > "$stage/tar" & ;;
  esac
  tar -B -xf "$stage/tar" -C "$stage/root" --no-same-owner -p
  wait $! || { echo "blob $2 cannot be decompressed" >&2; exit 66; }
  shift 2
done
cd "$stage/root"
find . ! -type d -printf '%P\\n' | LC_ALL=C sort > "$stage/paths"
while IFS= read -r path; do
  target=/$path
  mkdir -p -- "$(dirname -- "$target")"
  if [ -L "$path" ]; then sum=- link=$(readlink -- "$path"); else sum=$(sha256sum < "$path") link=-; fi
  mv -fT -- "$path" "$target.perimeter-new"
  mv -fT -- "$target.perimeter-new" "$target"
  printf '%s\\t%s\\t%s\\t%s\\n' "\${sum%  -}" "$(stat --printf='%a\\t%i:%s:%z' -- "$target")" "$link" "$target"
done < "$stage/paths"`;

const compressions: Readonly<Record<string, string>> = {
  [mediaTypes.layerZstd]: 'zstd',
  [mediaTypes.layerGzip]: 'gzip',
};

export async function unpackArtifact(host: HostHands, { layers }: NodeArtifact): Promise<PlacedFile[]> {
  const pairs = layers.flatMap(({ mediaType, digest }) => [compressions[mediaType] ?? 'none', hexOf(digest)]);
  const argv = [`${seedDirectory}/blobs/sha256`, workingDirectory, runtimePath, ...pairs];
  const { stdout } = await host.run(['sh', '-c', unpackScript, 'unpack-artifact', ...argv]);
  return stdout.split('\n').filter(Boolean).map(parseLine);
}

function parseLine(line: string): PlacedFile {
  const [sha256 = '', mode = '', stamp = '', target = '-', path = ''] = line.split('\t');
  return { path, sha256, mode: Number.parseInt(mode, 8), stamp, ...(target === '-' ? {} : { target }) };
}
