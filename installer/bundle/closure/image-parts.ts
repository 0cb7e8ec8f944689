import { saysImage } from './image-names.ts';
import { isLikeReference } from './reference-form.ts';

/** An image that stands in parts, and the names of the parts. */
export interface ImageInParts {
  readonly reference: string;
  /** The first is that of the repository. */
  readonly names: readonly string[];
}

/** Names of parts: tag, imageTag, sidecar.repository, HELPER_DIGEST. What comes before is common to the parts of one image. */
const partName = /^(?<prefix>.*?)[._-]?(?<part>registry|repository|repo|tag|digest)$/i;

type Parts = Map<string, { readonly name: string; readonly value: string }>;

/**
 * Images that stand in parts among named values: registry, repository (in `images` of a kustomization name or newName), tag, digest.
 * `owner` is the name that holds them all. A repository alone is an image only where a name says so: code lies in repositories too.
 */
export function imagesInParts(values: ReadonlyMap<string, string>, owner: string): readonly ImageInParts[] {
  const groups = Map.groupBy(partsOf(values, owner), ({ prefix }) => prefix);
  return [...groups].flatMap(([prefix, found]) => {
    const parts: Parts = new Map(found.map(({ part, name, value }) => [part, { name, value }]));
    const reference = composed(parts);
    const isNamed = saysImage(prefix) || (prefix === '' && saysImage(owner));
    const isMore = parts.has('tag') || parts.has('digest') || (prefix === '' && parts.has('registry'));
    const isOne = reference !== undefined && isLikeReference(reference) && (isNamed || isMore);
    const order = ['repository', 'registry', 'tag', 'digest'];
    return isOne ? [{ reference, names: order.flatMap((part) => parts.get(part)?.name ?? []) }] : [];
  });
}

/** A later part of the same kind counts, as newName does after name. */
function partsOf(values: ReadonlyMap<string, string>, owner: string) {
  const given = [...values].filter(([, value]) => value !== '');
  const parts = given.flatMap(([name, value]) => {
    const { prefix, part } = partName.exec(name)?.groups ?? {};
    if (prefix === undefined || part === undefined) return [];
    const kind = part.toLowerCase() === 'repo' ? 'repository' : part.toLowerCase();
    return [{ prefix: prefix.toLowerCase() === 'new' ? '' : prefix.toLowerCase(), part: kind, name, value }];
  });
  const isWhole = parts.some(({ prefix, part }) => prefix === '' && (part === 'tag' || part === 'digest'));
  const called = given.flatMap(([name, value]) => {
    const isRepository =
      name === 'newName' || (name === 'name' && isWhole && (saysImage(owner) || value.includes('/')));
    return isRepository ? [{ prefix: '', part: 'repository', name, value }] : [];
  });
  const isNew = ({ name }: { readonly name: string }): boolean => name.startsWith('new');
  return [...called.filter((one) => !isNew(one)), ...parts.filter((one) => !isNew(one)), ...[...called, ...parts].filter(isNew)];
}

function composed(parts: Parts): string | undefined {
  const repository = parts.get('repository')?.value;
  if (repository === undefined) return undefined;
  const before = parts.has('registry') ? `${parts.get('registry')?.value}/` : '';
  const tag = parts.has('tag') ? `:${parts.get('tag')?.value}` : '';
  const digest = parts.has('digest') ? `@${parts.get('digest')?.value}` : '';
  return `${before}${repository}${tag}${digest}`;
}
