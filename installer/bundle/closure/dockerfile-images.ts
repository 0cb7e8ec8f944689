import { isLikeReference } from './reference-form.ts';

/** The images that a Dockerfile stands on or copies from; empty for every other text, statements of SQL among them. */
export function dockerfileImages(text: string): readonly string[] {
  const from = [
    ...text.matchAll(
      /^[ \t]*FROM[ \t]+(?:--platform=\S+[ \t]+)?(\S+)(?:[ \t]+[Aa][Ss][ \t]+(\S+))?[ \t]*$/gm,
    ),
  ];
  if (from.length === 0 || /^[ \t]*(?:select|delete|insert|with)\b/im.test(text)) return [];
  const copied = text.matchAll(
    /^[ \t]*(?:COPY|ADD)[ \t][^\n]*--from=([^\s,]+)|--mount=[^\s]*\bfrom=([^\s,]+)/gim,
  );
  const own = new Set(['scratch', ...from.map((match) => match[2] ?? '')]);
  const images = [...from.map((match) => match[1]), ...[...copied].map((match) => match[1] ?? match[2])];
  return [...new Set(images)].filter(
    (image): image is string =>
      image !== undefined && !own.has(image) && !/^\d+$/.test(image) && isLikeReference(image),
  );
}
