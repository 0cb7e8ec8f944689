import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readPackageSources } from '../../base/package-sources.ts';
import type { Workshop } from '../build/made-artifact.ts';
import { step } from '../build/run-step.ts';

interface DebianRoot {
  readonly what: string;
  readonly suite: string;
  readonly variant: 'essential' | 'minbase';
  readonly options: readonly string[];
  /** Where the tar goes; absent: nothing is kept but what the hooks take out. */
  readonly output?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Makes a Debian root file system out of the machine's own package sources, with the versions that images.lock asks for. */
export async function makeDebianRoot(root: DebianRoot, workshop: Workshop): Promise<void> {
  const sources = await readPackageSources(root.suite, workshop.signal);
  const file = async (name: string, text: string): Promise<string> => {
    const path = join(workshop.temporary, name);
    await writeFile(path, text);
    return path;
  };
  const list = await file('sources.list', `${sources.lines.join('\n')}\n`);
  const settings = await file('apt.conf', sources.settings);
  const pins = await file('pins', pinsOf(workshop.lockedPackages));
  const run = step({
    what: root.what,
    signal: workshop.signal,
    env: { ...root.env, SOURCE_DATE_EPOCH: '0', PERIMETER_PINS: pins },
    onLine: (line) => workshop.note(line),
  });
  const options = [
    `--variant=${root.variant}`,
    `--format=${root.output === undefined ? 'null' : 'tar'}`,
    `--aptopt=${settings}`,
    '--aptopt=Apt::Install-Recommends "false"',
    '--setup-hook=cp "$PERIMETER_PINS" "$1/etc/apt/preferences.d/perimeter"',
    ...root.options,
  ];
  await run`nice -n 10 mmdebstrap ${options} ${root.suite} ${root.output ?? '/dev/null'} ${list}`;
}

/** Preferences that make apt take exactly these versions where the archive still serves them. */
export function pinsOf(packages: Readonly<Record<string, string>>): string {
  return Object.entries(packages)
    .map(([name, version]) => `Package: ${name}\nPin: version ${version}\nPin-Priority: 1001\n`)
    .join('\n');
}
