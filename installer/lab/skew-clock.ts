import { copyFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installDebianPackages } from '../base/debian-packages.ts';
import { assertDefect } from '../base/errors.ts';
import { hostOf } from './lab-faults.ts';
import type { Lab } from './lab-store.ts';
import { attempt, recipe } from './recipe.ts';

const onHost = 'usr/local/lib/libfaketime.so.1';

/**
 * Makes a host's clock wrong by the given seconds, or right again by 0, for every SSH session that starts afterwards.
 * Hosts share the machine's clock, so only the sessions' programs are told another time, and of those only the dynamically
 * linked ones: date, stat, an agent's node; not the host's services and no static program. Needs the package libfaketime,
 * which is installed on this machine.
 */
export async function skewClock(lab: Lab, hostName: string, seconds: number): Promise<void> {
  const { rootDir } = hostOf(lab, hostName);
  const environment = join(rootDir, 'etc/environment');
  if (seconds === 0) {
    await rm(environment, { force: true });
    await rm(join(rootDir, onHost), { force: true });
    return;
  }
  await copyFile(await libraryOnMachine(), join(rootDir, onHost));
  const offset = seconds > 0 ? `+${seconds}` : String(seconds);
  const lines = [`LD_PRELOAD=/${onHost}`, `FAKETIME=${offset}`, 'FAKETIME_DONT_FAKE_MONOTONIC=1', ''];
  await writeFile(environment, lines.join('\n'));
}

async function libraryOnMachine(): Promise<string> {
  const found = libraryIn(await attempt`dpkg -L libfaketime`);
  if (found !== undefined) return found;
  await installDebianPackages(['libfaketime']);
  const installed = libraryIn(await recipe`dpkg -L libfaketime`);
  assertDefect(installed !== undefined, 'the package libfaketime brings no libfaketime.so.1');
  return installed;
}

function libraryIn(files: string | undefined): string | undefined {
  return files?.split('\n').find((path) => path.endsWith('/libfaketime.so.1'));
}
