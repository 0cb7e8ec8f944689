import { execa } from 'execa';
import { hostOf, type Lab } from '../../installer/lab/lab.ts';

/** Runs a shell line on a lab host over its real SSH server with the pinned key, and returns what it printed. */
export async function onHost(lab: Lab, hostName: string, script: string): Promise<string> {
  const pinned = ['-o', `UserKnownHostsFile=${lab.knownHostsFile}`, '-o', 'StrictHostKeyChecking=yes'];
  const address = hostOf(lab, hostName).address;
  const options = [
    '-F',
    'none',
    '-i',
    lab.keyFile,
    '-o',
    'BatchMode=yes',
    '-o',
    'ConnectTimeout=5',
    ...pinned,
  ];
  const { stdout } = await execa('ssh', [...options, `root@${address}`, 'bash -s'], { input: script });
  return stdout;
}
