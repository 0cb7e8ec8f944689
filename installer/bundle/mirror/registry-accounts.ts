import { readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { z } from 'zod';
import { PerimeterError } from '../../base/errors.ts';
import { readFileIfThere } from '../../base/files.ts';
import { registerSecret } from '../../base/redact.ts';
import type { RegistryAccess } from '../../oci/distribution-client.ts';

const accountsFile = z.looseObject({
  auths: z
    .record(
      z.string(),
      z.looseObject({
        auth: z.string().optional(),
        username: z.string().optional(),
        password: z.string().optional(),
      }),
    )
    .optional(),
  credHelpers: z.record(z.string(), z.string()).optional(),
});

/**
 * How to reach a registry (host, or host and port) as this person does: with the account that `docker login` or `skopeo login`
 * left in a file, and the authorities in containers' certs.d folders. Unencrypted only on this machine itself. Nothing of an
 * account is ever taken from the command line or the environment.
 */
export async function registryAccess(host: string): Promise<RegistryAccess> {
  const [credentials, ca] = await Promise.all([accountFor(host), authoritiesFor(host)]);
  const isOwnMachine = /^(localhost|127\.\d+\.\d+\.\d+)(:\d+)?$/.test(host) && ca === undefined;
  return {
    url: `${isOwnMachine ? 'http' : 'https'}://${host}`,
    ...(ca === undefined ? {} : { ca }),
    ...(credentials === undefined ? {} : { credentials }),
  };
}

/** Where programs of this kind keep accounts, the first that knows the registry counts. */
function accountFiles(): string[] {
  const { REGISTRY_AUTH_FILE, DOCKER_CONFIG, XDG_RUNTIME_DIR } = process.env;
  return [
    ...(REGISTRY_AUTH_FILE === undefined ? [] : [REGISTRY_AUTH_FILE]),
    join(DOCKER_CONFIG ?? join(homedir(), '.docker'), 'config.json'),
    ...(XDG_RUNTIME_DIR === undefined ? [] : [join(XDG_RUNTIME_DIR, 'containers', 'auth.json')]),
  ];
}

async function accountFor(host: string): Promise<RegistryAccess['credentials']> {
  for (const file of accountFiles()) {
    const text = await readFileIfThere(file);
    if (text === undefined) continue;
    const { auths = {}, credHelpers = {} } = parseAccounts(file, text);
    const found = Object.entries(auths).find(([name]) => hostOf(name) === host)?.[1];
    const account = found === undefined ? undefined : pairOf(found);
    if (account !== undefined) {
      registerSecret(account.password);
      return account;
    }
    if (host in credHelpers) {
      throw new PerimeterError('E_REGISTRY', {
        message: `${file} leaves the account for ${host} to a helper program, which is not asked here`,
        hint: `Put it into a file of its own: REGISTRY_AUTH_FILE=FILE skopeo login ${host}, and set REGISTRY_AUTH_FILE for the build too.`,
      });
    }
  }
  return undefined;
}

function parseAccounts(file: string, text: string): z.output<typeof accountsFile> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const parsed = accountsFile.safeParse(value);
  if (parsed.success) return parsed.data;
  // Never the text itself: it may hold a password.
  throw new PerimeterError('E_REGISTRY', {
    message: `The accounts of registries in ${file} cannot be understood`,
    hint: `Write it anew: REGISTRY_AUTH_FILE=${file} skopeo login REGISTRY`,
  });
}

/** Keys are hosts, or addresses as docker writes them: https://host/v1/. */
function hostOf(name: string): string {
  return name.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
}

function pairOf(entry: {
  auth?: string | undefined;
  username?: string | undefined;
  password?: string | undefined;
}) {
  const { auth, username, password } = entry;
  if (username !== undefined && password !== undefined) return { username, password };
  const pair = Buffer.from(auth ?? '', 'base64').toString();
  const colon = pair.indexOf(':');
  return colon < 1 ? undefined : { username: pair.slice(0, colon), password: pair.slice(colon + 1) };
}

async function authoritiesFor(host: string): Promise<string | undefined> {
  const own = process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config');
  const folders = [join(own, 'containers'), '/etc/containers', '/etc/docker'];
  for (const folder of folders.map((one) => join(one, 'certs.d', host))) {
    const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.crt'));
    if (names.length === 0) continue;
    const texts = await Promise.all(names.toSorted().map((name) => readFile(join(folder, name), 'utf8')));
    return texts.join('\n');
  }
  return undefined;
}
