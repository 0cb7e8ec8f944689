import type { Digest } from '../../base/digest.ts';

/** Where an artifact is mirrored from. */
export interface UpstreamReference {
  /** Host, or host and port. */
  readonly host: string;
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: Digest;
}

const pattern =
  /^(?<host>localhost|[a-z0-9-]+(?:\.[a-z0-9-]+)+|[a-z0-9.-]+(?=:\d))(?<port>:\d+)?\/(?<repository>[a-z0-9]+(?:(?:[._/]|__|-+)[a-z0-9]+)*)(?::(?<tag>\w[\w.-]{0,127}))?@(?<digest>sha256:[a-f0-9]{64})$/;

/** Reads `host[:port]/repository[:tag]@sha256:...`; undefined for anything else, a reference without a digest above all. */
export function parseUpstream(text: string): UpstreamReference | undefined {
  const found = pattern.exec(text)?.groups;
  if (found === undefined) return undefined;
  const { host = '', port = '', repository = '', tag, digest = '' } = found;
  return { host: `${host}${port}`, repository, tag, digest: digest as Digest };
}
