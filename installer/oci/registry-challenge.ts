/** What a registry asks for with 401. */
export interface BearerChallenge {
  /** Where tokens are given out. */
  readonly realm: URL;
  /** Query of the request for one: service, scope. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** Reads a WWW-Authenticate header; undefined when it does not ask for a token. */
export function bearerChallenge(header: string | undefined): BearerChallenge | undefined {
  const text = /^\s*bearer\s+(.*)$/i.exec(header ?? '')?.[1];
  if (text === undefined) return undefined;
  const pairs = [...text.matchAll(/([a-z_]+)="([^"]*)"/gi)].map((match) => [
    match[1]?.toLowerCase() ?? '',
    match[2] ?? '',
  ]);
  const { realm, ...parameters } = Object.fromEntries(pairs) as Record<string, string>;
  if (realm === undefined || !URL.canParse(realm)) return undefined;
  const { service, scope } = parameters;
  return {
    realm: new URL(realm),
    parameters: { ...(service === undefined ? {} : { service }), ...(scope === undefined ? {} : { scope }) },
  };
}

/** Passwords and tokens go over TLS, or stay on this machine. */
export function isSafeFor(url: URL): boolean {
  return url.protocol === 'https:' || /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
}
