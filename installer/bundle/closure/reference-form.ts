import { isOfKnownRegistry } from './known-registries.ts';

const part = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const host = `(?:${part}(?::\\d+)?)`;
const path = `${part}(?:/${part})*`;
const tag = '[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}';
const digest = 'sha256:[a-f0-9]{64}';
/** A name that no host on a network of today has: without a dot. */
const shortName = '[a-z][a-z0-9]*(?:[_-]+[a-z0-9]+)*';

/** What a field of an image may hold at all; whatever else stands there is no image but, say, an expression. */
const anyReference = new RegExp(`^(?:${host}/)?${path}(?::${tag})?(?:@${digest})?$`);

const byDigest = new RegExp(`^(?:${host}/)?${path}(?::${tag})?@${digest}$`);
const onServer = new RegExp(`^(?:[a-z0-9-]+(?:\\.[a-z0-9-]+)+(?::\\d+)?|[a-z0-9.-]+:\\d+)/${path}:${tag}$`);
const inRepository = new RegExp(`^${part}(?:/${part})+:${tag}$`);
const withVersion = new RegExp(`^${path}:(?:latest|v?\\d+(?:\\.\\d+)+[A-Za-z0-9_.-]*)$`);
const withNumber = new RegExp(
  `^${shortName}:(?:v\\d{1,3}|v?\\d{1,3}(?:\\.\\d+)*-[a-z][\\w.-]*|(?<port>\\d{1,3}))$`,
);
/** Words that are tags of images and hardly ever a role, a branch or a level. */
const withWord = new RegExp(
  `^${shortName}:(?:stable|edge|alpine|slim|nightly|mainline|lts|rolling|canary|nonroot|buster|bullseye|bookworm|trixie|focal|jammy|noble)(?:[.-][\\w.-]+)?$`,
);
/** redis:7 is an image, web:80 an address. */
const ports = new Set('22 25 53 80 88 123 389 443 465 514 587 636 853 993'.split(' '));
const untaggedOnHost = new RegExp(`^[a-z0-9-]+(?:\\.[a-z0-9-]+)*\\.[a-z]{2,}(?::\\d+)?/${part}/${path}$`);

/** True for a text that a runtime could take as an image. A digest alone names content of any kind. */
export function isLikeReference(text: string): boolean {
  return anyReference.test(text) && !text.startsWith('sha256:');
}

/**
 * The references in a text that are known by their form alone. What a program is told (`isInput`: arguments, variables) holds hardly
 * ever a name of a label or module: there host/some/path is one too.
 */
export function referencesIn(text: string, isInput = false): readonly string[] {
  const found = text.split(/[\s"'`,;()[\]{}<>|=\\]+/).flatMap((piece) => {
    // A mark of a scheme that means images says enough; addresses of other schemes are none.
    const word = piece.replace(/^(?:docker|oci):\/\//, '').replace(/[.:/]+$/, '');
    const isMarked = word.length > 0 && !piece.startsWith(word);
    return (isMarked && isLikeReference(word)) || looksLikeImage(word, isInput) ? [word] : [];
  });
  return [...new Set(found)];
}

function looksLikeImage(word: string, isInput: boolean): boolean {
  if (word.length > 512 || !/[:/]/.test(word) || word.includes('://')) return false;
  if (byDigest.test(word) || onServer.test(word) || withWord.test(word)) return true;
  const number = withNumber.exec(word);
  if (number !== null) return !ports.has(number.groups?.['port'] ?? '');
  // 10.0.0.1:1.5 is none: a name has a letter.
  if (withVersion.test(word) || inRepository.test(word)) return /[a-z]/.test(word.split(':')[0] ?? '');
  if (!isLikeReference(word)) return false;
  return isOfKnownRegistry(word) || (isInput && untaggedOnHost.test(word));
}
