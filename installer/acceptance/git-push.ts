import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { execa } from 'execa';
import { redact } from '../base/redact.ts';
import type { CheckContext } from './check.ts';
import { appsRepository } from './git-people.ts';

export interface PushOutcome {
  /** `refused` only when the server itself declined; a broken connection is `broken`, and proves nothing. */
  readonly verdict: 'accepted' | 'refused' | 'broken';
  readonly transcript: string;
}

const askPassword = '#!/bin/sh\nprintf "%s" "$PERIMETER_GIT_PASSWORD"\n';
const serverRefused =
  /pre-receive hook declined|protected branch|remote rejected|refusing to delete|HTTP 403|returned error: 403|permission denied/i;

/**
 * Pushes to main with a real git client, as one person: a new commit, a forced older one, a deletion, or (for putting
 * things back) a forced known commit. The password reaches git by environment and askpass, never by argument.
 */
export async function gitPush(
  context: CheckContext,
  login: string,
  manner: 'push' | 'force-push' | 'delete' | 'restore',
  sha?: string,
): Promise<PushOutcome> {
  const directory = await mkdtemp(join(tmpdir(), 'perimeter-push-'));
  try {
    const git = await gitIn(context, directory, login);
    const clone = await git('clone', '--quiet', urlOf(context), 'work');
    if (clone.exitCode !== 0) return { verdict: 'broken', transcript: redact(clone.stderr) };
    const inWork = (...argv: readonly string[]): ReturnType<typeof git> => git('-C', 'work', ...argv);
    const refspec = await prepare(inWork, manner, sha);
    const push = await inWork('push', ...(manner === 'push' ? [] : ['--force']), 'origin', refspec);
    const transcript = redact(`${push.stdout}\n${push.stderr}`);
    if (push.exitCode === 0) return { verdict: 'accepted', transcript };
    return { verdict: serverRefused.test(transcript) ? 'refused' : 'broken', transcript };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

type Git = (...argv: readonly string[]) => Promise<{ exitCode?: number; stdout: string; stderr: string }>;

async function prepare(git: Git, manner: string, sha: string | undefined): Promise<string> {
  if (manner === 'delete') return ':refs/heads/main';
  if (manner === 'restore') return `${sha ?? 'HEAD'}:refs/heads/main`;
  const message = manner === 'push' ? 'pushed past the rules' : 'history rewritten';
  await git(
    'commit',
    '--quiet',
    '--allow-empty',
    ...(manner === 'force-push' ? ['--amend'] : []),
    '-m',
    message,
  );
  return 'HEAD:refs/heads/main';
}

function urlOf(context: CheckContext): string {
  const { host, port } = context.site.endpoints.git;
  return `https://${host}:${port}/${appsRepository}.git`;
}

async function gitIn(context: CheckContext, directory: string, login: string): Promise<Git> {
  const { host, port } = context.site.endpoints.git;
  const [node] = context.site.nodes;
  const authority = join(directory, 'ca.crt');
  const askpass = join(directory, 'askpass');
  await writeFile(authority, context.credentials.get('ca.certificate') ?? '');
  await writeFile(askpass, askPassword, { mode: 0o700 });
  const settings = {
    'http.curloptResolve': `${host}:${port}:${node?.address}`,
    'credential.username': login,
    'user.name': login,
    'user.email': `${login}@${context.site.domain}`,
  };
  const options = Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
  return async (...argv) => {
    // Nothing of this machine's own settings for git, proxies or certificates may take part.
    const env = {
      PATH: process.env['PATH'] ?? '/usr/bin:/bin',
      GIT_SSL_CAINFO: authority,
      GIT_ASKPASS: askpass,
      GIT_TERMINAL_PROMPT: '0',
      GIT_CONFIG_NOSYSTEM: '1',
      HOME: directory,
      PERIMETER_GIT_PASSWORD: context.credentials.get(`git.password.${login}`) ?? '',
    };
    return execa('git', [...options, ...argv], {
      cwd: directory,
      env,
      extendEnv: false,
      reject: false,
      timeout: 60_000,
      cancelSignal: context.signal,
    });
  };
}
