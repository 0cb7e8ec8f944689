import process from 'node:process';
import { installDebianPackages, missingPackages } from '../../installer/base/debian-packages.ts';

/** The real programs that contract tests talk to, by Debian packages: whatever a person installed by hand does not count. */
const needs = [
  { file: '/usr/sbin/sshd', package: 'openssh-server' },
  { file: '/usr/bin/ssh', package: 'openssh-client' },
  { file: '/usr/bin/sudo', package: 'sudo' },
  { file: '/usr/bin/docker-registry', package: 'docker-registry' },
  { file: '/usr/bin/jq', package: 'jq' },
  { file: '/usr/bin/curl', package: 'curl' },
  { file: '/usr/bin/git', package: 'git' },
  { file: '/usr/sbin/ip', package: 'iproute2' },
  { file: '/usr/sbin/tc', package: 'iproute2' },
  { file: '/usr/bin/openssl', package: 'openssl' },
  { file: '/usr/bin/zstd', package: 'zstd' },
  { file: '/usr/bin/par2', package: 'par2' },
  { file: '/usr/bin/mmdebstrap', package: 'mmdebstrap' },
  { file: '/usr/bin/gpg', package: 'gpg' },
];

/** Installs what is missing when run by root. Returns what a person has to do first, or undefined. */
export async function prepareTestPrograms(): Promise<string | undefined> {
  const missing = await missingPackages(needs);
  if (missing.length === 0) return undefined;
  const command = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (process.getuid?.() !== 0) return `as root: ${command}`;
  process.stdout.write(`Installing Debian packages for the tests: ${missing.join(', ')} ...\n`);
  await installDebianPackages(missing);
  return undefined;
}
