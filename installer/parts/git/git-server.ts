import type { CredentialView } from '../../site/credentials.ts';
import type { Site } from '../../site/site.ts';
import { siteRequest } from '../../site/site-https.ts';
import { GitApi, type GitIdentity, type GitTransport } from './git-api.ts';
import type { GitAs } from './git-item.ts';
import { administrator, passwordCredential } from './git-names.ts';

/** The URL of the site's Git server, the same on nodes, in pods and for the installer. */
function gitUrl(site: Site): string {
  const { host, port } = site.endpoints.git;
  return `https://${host}:${port}`;
}

/** The site's Git server as any identity, reached through the site's nodes. */
export function gitServer(site: Site, credentials: CredentialView, signal?: AbortSignal): GitAs {
  const transport: GitTransport = {
    send: ({ path, ...request }) =>
      siteRequest(site, credentials, 'E_GIT', {
        ...request,
        url: `${gitUrl(site)}${path}`,
        ...(signal === undefined ? {} : { signal }),
      }),
  };
  return (identity) => new GitApi(transport, identity);
}

/** The identity of a person, bot or the administrator by the password in the credentials; nobody when there is none. */
export function identityOf(credentials: CredentialView, login: string): GitIdentity {
  const password = credentials.get(passwordCredential(login));
  return password === undefined ? 'anonymous' : { login, password };
}

export function administratorApi(site: Site, credentials: CredentialView, signal?: AbortSignal): GitApi {
  return gitServer(site, credentials, signal)(identityOf(credentials, administrator));
}
