/**
 * @peculiar/x509 finds its signature formats through decorators, which expect three functions on `Reflect` that no engine has.
 * They keep values by key and object; this is all of it that is asked for.
 */
type Metadata = Map<unknown, unknown>;

const known = new WeakMap<object, Metadata>();

function getOwnMetadata(key: unknown, target: object): unknown {
  return known.get(target)?.get(key);
}

function getMetadata(key: unknown, target: object): unknown {
  for (let at: object | null = target; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    const value = getOwnMetadata(key, at);
    if (value !== undefined) return value;
  }
  return undefined;
}

function defineMetadata(key: unknown, value: unknown, target: object): void {
  const metadata = known.get(target) ?? new Map<unknown, unknown>();
  known.set(target, metadata.set(key, value));
}

if (!('getMetadata' in Reflect)) Object.assign(Reflect, { getMetadata, getOwnMetadata, defineMetadata });
