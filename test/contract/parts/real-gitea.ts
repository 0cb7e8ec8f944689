import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { execa } from 'execa';
import { cacheDirectory } from '../../../installer/base/files.ts';
import { createAdministrator } from '../../../installer/parts/git/create-administrator.ts';
import { GitApi } from '../../../installer/parts/git/git-api.ts';
import type { GitAs } from '../../../installer/parts/git/git-item.ts';
import { identityOf } from '../../../installer/parts/git/git-server.ts';
import { prepareGitea } from '../../../installer/parts/git/gitea-release.ts';
import { sampleSite } from '../../support/sample-site.ts';
import { compiledProgram, LoopbackService } from './real-service.ts';

export const giteaProgram = await compiledProgram('gitea', '/usr/local/bin/gitea');
const helmProgram = await compiledProgram('helm', '/usr/local/bin/helm');
/** The module's own folders, which the image carries as /app/static. */
const giteaSource = cacheDirectory('go-mod', 'code.gitea.io', 'gitea@v1.26.4');

export interface RealGitea {
  readonly service: LoopbackService;
  readonly as: GitAs;
  /** The server as a person or bot, by its password. */
  person(login: string): GitApi;
  /** The server's own command line. */
  command(argv: readonly string[]): Promise<{ exitCode: number; stdout: string; stderr: string }>;
}

/** The real Git server with the settings of the chart, paths and port apart. */
export async function startGitea(program: string): Promise<RealGitea> {
  const service = await LoopbackService.prepare('git.test.internal');
  const at = (...names: string[]): string => join(service.directory, ...names);
  await prepareGitea(sampleSite(service.directory), service.credentials);
  await mkdir(at('keys'));
  for (const name of ['secret-key', 'internal-token', 'jwt-secret'])
    await writeFile(at('keys', name), service.credentials.get(`git.${name}`) ?? '', { mode: 0o600 });
  await mkdir(at('tls'));
  await writeFile(at('tls', 'tls.crt'), service.credentials.get('tls.certificate') ?? '');
  await writeFile(at('tls', 'tls.key'), service.credentials.get('tls.key') ?? '', { mode: 0o600 });
  await writeFile(at('app.ini'), await settings(service));
  const env = { HOME: at('data'), GITEA_WORK_DIR: at('data'), GITEA_CUSTOM: at('data', 'custom') };
  service.start(program, ['web', '-c', at('app.ini')], env);
  await service.answers('/api/healthz');
  const as: GitAs = (identity) => new GitApi(service, identity);
  return {
    service,
    as,
    person: (login) => as(identityOf(service.credentials, login)),
    async command(argv) {
      const ended = await execa(program, ['-c', at('app.ini'), ...argv], { env, reject: false });
      return { exitCode: ended.exitCode ?? 1, stdout: ended.stdout, stderr: ended.stderr };
    },
  };
}

/** With its administrator made as the installer makes it. */
export async function withAdministrator(gitea: RealGitea): Promise<GitApi> {
  await createAdministrator(gitea.command, gitea.as, gitea.service.credentials, 'perimeter@test.internal');
  return gitea.person('perimeter');
}

/** The chart's own settings, so that what is tested is what runs; only what names a place on the machine differs. */
async function settings(service: LoopbackService): Promise<string> {
  if (helmProgram === undefined)
    throw new Error('ci-tools/helm is not compiled; the chart cannot be rendered');
  const chart = join(import.meta.dirname, '..', '..', '..', 'charts', 'gitea');
  const values = {
    images: { gitea: 'none' },
    site: { endpoints: { git: { host: service.host, port: service.port } } },
    webhookHosts: 'loopback',
  };
  const { stdout } = await execa(
    helmProgram,
    ['template', 'gitea', chart, '--show-only', 'templates/config.yaml', '--values', '-'],
    { input: JSON.stringify(values) },
  );
  const text = stdout.slice(stdout.indexOf('app.ini: |\n') + 'app.ini: |\n'.length).replaceAll(/^ {4}/gm, '');
  const asRoot = process.getuid?.() === 0 ? '\nI_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true' : '';
  return text
    .replaceAll('/etc/gitea-tls/', `${join(service.directory, 'tls')}/`)
    .replaceAll('/etc/gitea-keys/', `${join(service.directory, 'keys')}/`)
    .replaceAll('= /data', `= ${join(service.directory, 'data')}`)
    .replace('/app/static', giteaSource)
    .replace('RUN_USER = git', `RUN_USER = ${process.env['USER'] ?? 'root'}${asRoot}`)
    .replace(/^HTTP_PORT = .*$/m, `HTTP_ADDR = 127.0.0.1\nHTTP_PORT = ${service.port}`);
}
