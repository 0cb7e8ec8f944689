import type { CredentialView } from '../../site/credentials.ts';
import type { Site } from '../../site/site.ts';
import type { GitAnswer, GitMethod } from './git-api.ts';
import { gitServer, identityOf } from './git-server.ts';

/** The Git server's API as one person sees it; refusals are answers. */
export interface GitPerson {
  readonly login: string;
  request(method: GitMethod, path: string, body?: unknown): Promise<GitAnswer>;
}

export function gitPerson(site: Site, credentials: CredentialView, login: string): GitPerson {
  const api = gitServer(site, credentials)(identityOf(credentials, login));
  return { login, request: (method, path, body) => api.request(method, path, body) };
}
