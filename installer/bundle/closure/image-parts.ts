import { saysImage } from './image-names.ts';
import { isLikeReference } from './reference-form.ts';

/** An image that stands in parts. */
export interface ImageInParts {
  readonly reference: string;
  /** The name that its repository goes by. */
  readonly at: string;
  /** True when nothing but the owner says which image it is: its parts have no names in front. */
  readonly isOwn: boolean;
  /** The names of all its parts. */
  readonly names: readonly string[];
}

type Part = 'registry' | 'repository' | 'tag' | 'digest';
interface NamedPart {
  readonly part: Part;
  /** What the names of all parts of one image begin with. */
  readonly prefix: string;
  readonly name: string;
  readonly value: string;
}

/** tag, imageTag, sidecar.repository, HELPER_DIGEST. */
const partName = /^(?<prefix>.*?)[._-]?(?<part>registry|repository|repo|tag|digest)$/i;

/**
 * Images that stand in parts among named values: registry, repository, tag, digest; in a kustomization name, newName and newTag.
 * `owner` is the name that holds them all. A repository alone is an image only where a name says so: code lies in repositories too.
 */
export function imagesInParts(values: ReadonlyMap<string, string>, owner: string): readonly ImageInParts[] {
  const given = [...values].filter(([, value]) => value !== '');
  const parts = given.flatMap(([name, value]) => partOf(name, value));
  const isTagged = parts.some(
    ({ prefix, part }) => prefix === '' && part !== 'repository' && part !== 'registry',
  );
  const called = given.filter(
    ([name, value]) => name === 'name' && isTagged && (saysImage(owner) || value.includes('/')),
  );
  const names = called.map(([name, value]): NamedPart => ({ part: 'repository', prefix: '', name, value }));
  const groups = Map.groupBy([...names, ...parts], ({ prefix }) => prefix);
  return [...groups].flatMap(([prefix, group]) => composed(group, saysImage(prefix === '' ? owner : prefix)));
}

function partOf(name: string, value: string): NamedPart[] {
  if (name === 'newName') return [{ part: 'repository', prefix: '', name, value }];
  const { prefix, part } = partName.exec(name)?.groups ?? {};
  if (prefix === undefined || part === undefined) return [];
  const kind = part.toLowerCase();
  return [
    {
      part: kind === 'repo' ? 'repository' : (kind as Part),
      prefix: prefix === 'new' ? '' : prefix.toLowerCase(),
      name,
      value,
    },
  ];
}

/** Of two repositories the later counts: newName stands in place of name. */
function composed(group: readonly NamedPart[], isNamed: boolean): ImageInParts[] {
  const of = (part: Part): NamedPart | undefined => group.findLast((one) => one.part === part);
  const [registry, repository, tag, digest] = [of('registry'), of('repository'), of('tag'), of('digest')];
  if (repository === undefined) return [];
  if (!isNamed && tag === undefined && digest === undefined && registry === undefined) return [];
  const before = registry === undefined ? '' : `${registry.value}/`;
  const behind = `${tag === undefined ? '' : `:${tag.value}`}${digest === undefined ? '' : `@${digest.value}`}`;
  const reference = `${before}${repository.value}${behind}`;
  if (!isLikeReference(reference)) return [];
  const names = group.map(({ name }) => name);
  return [{ reference, at: repository.name, isOwn: repository.prefix === '', names }];
}
