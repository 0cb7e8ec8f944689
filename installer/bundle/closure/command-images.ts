import { isLikeReference } from './reference-form.ts';

/** Programs that fetch or start images, and the words after which the image comes. */
const verbs: Readonly<Record<string, readonly string[]>> = {
  docker: ['run', 'create', 'pull'],
  podman: ['run', 'create', 'pull'],
  nerdctl: ['run', 'create', 'pull'],
  buildah: ['from', 'pull'],
  crictl: ['pull'],
  ctr: ['run', 'pull'],
  crane: ['pull', 'copy', 'cp', 'digest', 'manifest', 'config', 'export', 'mutate', 'append', 'rebase'],
  oras: ['pull', 'copy', 'cp'],
};
/** Options that take no value; after every other the next word is its value. */
const switches = new Set(
  [
    '-a -d -i -it -P -q -t -ti --all-platforms --all-tags --debug --detach --help --init --insecure --interactive',
    '--local --net-host --no-healthcheck --plain-http --privileged --publish-all --quiet --read-only --replace',
    '--rm --systemd --tty --verbose --version',
  ].flatMap((line) => line.split(' ')),
);

/** The images that commands in a text name: `docker run --rm -v /a:/b busybox sh`. */
export function commandImages(text: string): readonly string[] {
  const commands = text.replace(/\\\n/g, ' ').split(/[\n;|&()`]+/);
  return [...new Set(commands.flatMap((command) => imageOf(command.trim().split(/[\s"']+/)) ?? []))];
}

function imageOf(words: readonly string[]): string | undefined {
  const start = words.findIndex((word) => Object.hasOwn(verbs, nameOf(word)));
  const wanted = verbs[nameOf(words[start] ?? '')];
  if (wanted === undefined) return undefined;
  const verb = words.findIndex((word, index) => index > start && wanted.includes(word));
  if (verb === -1) return undefined;
  let at = verb + 1;
  for (let word = words[at]; word?.startsWith('-') === true; word = words[at])
    at += switches.has(word) || word.includes('=') ? 1 : 2;
  const image = words[at];
  return image !== undefined && isLikeReference(image) ? image : undefined;
}

function nameOf(word: string): string {
  return word.slice(word.lastIndexOf('/') + 1);
}
