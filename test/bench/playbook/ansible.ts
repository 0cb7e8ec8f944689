import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { cacheDirectory } from '../../../installer/base/files.ts';
import type { Lab } from '../../../installer/lab/lab.ts';

/** The other side, pinned. */
const version = '2.19.14';

/** ansible-core in an environment of its own, made once from the Python package index. Returns the path of ansible-playbook. */
export async function ansiblePlaybook(): Promise<string> {
  const environment = cacheDirectory('bench', `ansible-core-${version}`);
  const program = join(environment, 'bin', 'ansible-playbook');
  const there = await access(program).then(
    () => true,
    () => false,
  );
  if (!there) {
    await execa('python3', ['-m', 'venv', environment]);
    await execa(join(environment, 'bin', 'pip'), ['install', '--quiet', `ansible-core==${version}`], {
      stderr: 'inherit',
    });
  }
  return program;
}

/** Ansible's modules are Python: its hosts need it, ours do not. Debian's packages, computed against what the hosts have. */
export async function pythonPackages(lab: Lab): Promise<readonly string[]> {
  const folder = cacheDirectory('bench', 'python-for-hosts');
  await mkdir(join(folder, 'partial'), { recursive: true });
  const options = [
    '-q',
    '-y',
    '-o',
    `Dir::State::status=${lab.baseDir}/var/lib/dpkg/status`,
    '-o',
    `Dir::Cache::archives=${folder}`,
  ];
  await execa('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=300', 'update']);
  await execa('apt-get', [...options, '--no-install-recommends', '--download-only', 'install', 'python3']);
  const { stdout } = await execa('find', [folder, '-maxdepth', '1', '-name', '*.deb']);
  return stdout.split('\n').filter(Boolean);
}

/** What makes Ansible fast: one connection per host, modules over its pipe, all hosts at once, no facts that no task reads. */
export async function writeAnsibleFiles(
  folder: string,
  lab: Lab,
): Promise<{ inventory: string; env: Record<string, string> }> {
  const inventory = join(folder, 'inventory.ini');
  const ssh = `-F none -o UserKnownHostsFile=${lab.knownHostsFile} -o StrictHostKeyChecking=yes -o ControlMaster=auto -o ControlPersist=60s`;
  const hosts = lab.hosts.map(
    ({ name, address }) =>
      `${name} ansible_host=${address} ansible_user=root ansible_ssh_private_key_file=${lab.keyFile} ansible_python_interpreter=/usr/bin/python3 ansible_ssh_common_args='${ssh}'`,
  );
  await writeFile(inventory, `[nodes]\n${hosts.join('\n')}\n`);
  const configuration = join(folder, 'ansible.cfg');
  const lines = [
    '[defaults]',
    'forks = 50',
    'gathering = explicit',
    'nocows = 1',
    '[ssh_connection]',
    'pipelining = true',
  ];
  await writeFile(configuration, `${lines.join('\n')}\n`);
  return {
    inventory,
    env: { ANSIBLE_CONFIG: configuration, ANSIBLE_HOME: join(folder, 'ansible'), LC_ALL: 'C.UTF-8' },
  };
}
