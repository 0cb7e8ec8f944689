import { imageLabels, referenceLabels } from '../agent/image-labels.ts';
import { containerdSocket } from '../agent/paths.ts';
import type { SeedImage } from '../agent/protocol.ts';
import type { HostView } from '../hosts/host.ts';

/**
 * Two questions to containerd by its own tool, which takes a fraction of what starting an agent does. The filters come on standard
 * input, because a command line of SSH is one word and may not be that long. Argument: the socket.
 */
const script = `
[ -e "$1" ] || exit 3
socket=$1
shift
while IFS= read -r filter; do set -- "$@" "$filter"; done
ask() { ctr --address "$socket" --namespace k8s.io --timeout 20s "$@"; }
ask images ls -q "$@" && echo -- && ask content ls
`;

/**
 * Which of these images a node's containerd does not have whole, under every name and pinned; undefined where no containerd answers.
 * Nothing is read of the images themselves: what containerd has taken in, it has checked.
 */
export async function missingImages(
  host: HostView,
  images: readonly SeedImage[],
  socket = containerdSocket,
): Promise<readonly SeedImage[] | undefined> {
  const { exitCode, stdout } = await host.query(['sh', '-c', script, 'look-at-images', socket], {
    input: images.flatMap(recordFilters).join(''),
    okExitCodes: 'any',
  });
  if (exitCode !== 0) return undefined;
  const lines = stdout.split('\n');
  const records = new Set(lines.slice(0, lines.indexOf('--')));
  const content = readContent(lines.slice(lines.indexOf('--') + 1));
  return images.filter((image) => !isLoaded(image, records, content));
}

/** One for each name: it must stand for exactly this image, and bear the labels. */
function recordFilters({ references, manifest }: SeedImage): readonly string[] {
  const labels = Object.entries(imageLabels).map(([name, value]) => `labels."${name}"=="${value}"`);
  return references.map(
    (name) => `${[`name=="${name}"`, `target.digest=="${manifest.digest}"`, ...labels].join(',')}\n`,
  );
}

/** Labels by digest, out of lines of DIGEST SIZE AGE LABELS. */
function readContent(lines: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    lines
      .map((line) => line.split('\t').filter(Boolean))
      .map(([digest = '', , , labels = '']) => [digest, `,${labels},`]),
  );
}

function isLoaded(
  image: SeedImage,
  records: ReadonlySet<string>,
  content: ReadonlyMap<string, string>,
): boolean {
  const labels = content.get(image.manifest.digest) ?? '';
  return (
    image.references.every((name) => records.has(name)) &&
    [image.config, ...image.layers].every(({ digest }) => content.has(digest)) &&
    Object.entries(referenceLabels(image)).every(([name, value]) => labels.includes(`,${name}=${value},`))
  );
}
