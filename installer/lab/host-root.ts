import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readFileIfThere } from '../base/files.ts';
import { type CgroupKind } from './cgroups.ts';
import { hostFiles, hostUnitName, maskedSettings, maskedUnits } from './host-files.ts';
import type { Lab, LabHost } from './lab-store.ts';
import { hostDirectory } from './lab-store.ts';
import { readMountsBelow, unmountBelow } from './mounts.ts';
import { recipe } from './recipe.ts';

/**
 * Puts a host's root file system together: the shared base below, the host's own changes above it, and /var as a plain
 * folder, because containerd's overlay snapshots cannot lie on an overlay. Returns the host's public SSH key.
 */
export async function ensureHostRoot(lab: Lab, host: LabHost, cgroupKind: CgroupKind): Promise<string> {
  const folder = hostDirectory(lab, host.name);
  const finished = join(folder, 'made');
  if ((await readFileIfThere(finished)) === undefined) {
    await unmountBelow(folder);
    await rm(folder, { recursive: true, force: true });
    await makeFolders(baseOf(lab, host), folder);
    await mountRoot(lab, host, folder);
    await fill(lab, host, cgroupKind);
    await writeFile(finished, '');
  }
  await mountRoot(lab, host, folder);
  return (await readFile(join(host.rootDir, 'etc/ssh/ssh_host_ed25519_key.pub'), 'utf8'))
    .split(' ')
    .slice(0, 2)
    .join(' ')
    .trim();
}

/** The lab's own, unless the host runs another system. */
function baseOf(lab: Lab, host: LabHost): string {
  return host.baseDir ?? lab.baseDir;
}

async function makeFolders(base: string, folder: string): Promise<void> {
  for (const name of ['upper', 'work', 'root', 'var']) await mkdir(join(folder, name), { recursive: true });
  await recipe`cp --archive --reflink=auto ${base}/var/. ${folder}/var/`;
}

async function mountRoot(lab: Lab, host: LabHost, folder: string): Promise<void> {
  const root = join(folder, 'root');
  const mounted = await readMountsBelow(root);
  if (!mounted.includes(root)) {
    const options = `lowerdir=${baseOf(lab, host)},upperdir=${folder}/upper,workdir=${folder}/work`;
    await recipe`mount -t overlay perimeter-lab -o ${options} ${root}`;
  }
  if (!mounted.includes(join(root, 'var'))) await recipe`mount --bind ${folder}/var ${root}/var`;
}

async function fill(lab: Lab, host: LabHost, cgroupKind: CgroupKind): Promise<void> {
  const files = hostFiles({
    name: host.name,
    address: host.address,
    prefixLength: Number(lab.subnetCidr.split('/')[1]),
    machineId: randomBytes(16).toString('hex'),
    authorizedKey: await readFile(`${lab.keyFile}.pub`, 'utf8'),
    cgroupKind,
  });
  await mkdir(join(host.rootDir, 'root/.ssh'), { recursive: true, mode: 0o700 });
  for (const file of files) {
    const path = join(host.rootDir, file.path);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, file.content);
    await chmod(path, file.mode);
  }
  await linkTo('../lab-host.service', host.rootDir, 'etc/systemd/system/sysinit.target.wants', hostUnitName);
  for (const unit of maskedUnits) await linkTo('/dev/null', host.rootDir, 'etc/systemd/system', unit);
  for (const name of maskedSettings) await linkTo('/dev/null', host.rootDir, 'etc/sysctl.d', name);
  await recipe`ssh-keygen -q -t ed25519 -N ${''} -C ${host.name} -f ${join(host.rootDir, 'etc/ssh/ssh_host_ed25519_key')}`;
}

async function linkTo(target: string, root: string, folder: string, name: string): Promise<void> {
  await mkdir(join(root, folder), { recursive: true });
  await symlink(target, join(root, folder, name));
}
