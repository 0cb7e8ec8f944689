import { access, mkdir, statfs } from 'node:fs/promises';
import process from 'node:process';
import { PerimeterError } from '../../base/errors.ts';
import { type Events, step as eventStep } from '../../base/events.ts';
import { withMachineLock } from '../../base/machine-lock.ts';
import { formatBytes } from '../../base/units.ts';
import type { Recipe } from '../recipe/load-recipes.ts';
import { step } from './run-step.ts';
import type { Toolchain } from './toolchain.ts';

/** A file of a Debian package, by which it is known whether that is installed. */
interface Need {
  readonly file: string;
  readonly package: string;
}

const debianNeeds: readonly Need[] = [{ file: '/usr/bin/mmdebstrap', package: 'mmdebstrap' }];
/** What the programs with C in them are compiled and linked with, statically. */
const cNeeds: readonly Need[] = [
  { file: '/usr/bin/gcc', package: 'gcc' },
  { file: '/usr/lib/x86_64-linux-gnu/libc.a', package: 'libc6-dev' },
  { file: '/usr/bin/pkg-config', package: 'pkg-config' },
  { file: '/usr/lib/x86_64-linux-gnu/libseccomp.a', package: 'libseccomp-dev' },
];
/** With less than this no build is begun. */
const leastFreeBytes = 3e9;

/**
 * Looks whether this machine can make these artifacts, and installs missing Debian packages when run by root. Raises
 * E_MACHINE_UNFIT with everything that is missing, E_DISK_FULL when there is no room. Returns whether it installed any.
 */
export async function prepareBuildMachine(
  recipes: readonly Recipe[],
  toolchain: Toolchain,
  cacheRoot: string,
  events: Events,
  signal?: AbortSignal,
): Promise<boolean> {
  await mkdir(cacheRoot, { recursive: true });
  const { bavail, bsize } = await statfs(cacheRoot);
  if (bavail * bsize < leastFreeBytes) {
    throw new PerimeterError('E_DISK_FULL', {
      message: `Only ${formatBytes(bavail * bsize)} are free at ${cacheRoot}; making artifacts needs at least ${formatBytes(leastFreeBytes)}`,
      hint: 'Make room. What only saves time on the next build can go: go clean -cache (with GOCACHE set to go-build beside that folder)',
    });
  }
  const needs = [
    ...(recipes.some(({ body }) => body.kind === 'debian') ? debianNeeds : []),
    ...(recipes.some(usesC) ? cNeeds : []),
  ];
  const missing = await missingOf(needs);
  const goIsMissing = toolchain.go === undefined && recipes.some(({ body }) => body.kind === 'go');
  const isRoot = process.getuid?.() === 0;
  if (goIsMissing || (missing.length > 0 && !isRoot)) throw unfit(goIsMissing, missing);
  if (missing.length === 0) return false;
  const title = `Install ${missing.join(', ')} on this machine`;
  await eventStep(events, ['bundle', 'packages'], title, async () => {
    const run = step({ what: 'The packages that building needs', signal });
    await withMachineLock('apt-get', { signal }, async () => {
      await run`apt-get -q -o DPkg::Lock::Timeout=300 update`;
      await run`apt-get -q -o DPkg::Lock::Timeout=300 install -y --no-install-recommends ${missing}`;
    });
  });
  const still = await missingOf(needs);
  if (still.length > 0) throw unfit(false, still);
  return true;
}

function usesC({ body }: Recipe): boolean {
  return body.kind === 'go' && body.modules.some((module) => module.cgo === true);
}

async function missingOf(needs: readonly Need[]): Promise<string[]> {
  const checked = await Promise.all(
    needs.map(async (need) => {
      const there = await access(need.file).then(
        () => true,
        () => false,
      );
      return there ? [] : [need.package];
    }),
  );
  return checked.flat();
}

function unfit(goIsMissing: boolean, packages: readonly string[]): PerimeterError {
  const hints = [
    ...(goIsMissing ? ['Install Go 1.26 and put it into PATH.'] : []),
    ...(packages.length > 0
      ? [`As root: apt-get install -y --no-install-recommends ${packages.join(' ')}`]
      : []),
  ];
  return new PerimeterError('E_MACHINE_UNFIT', {
    message: 'This machine lacks what making the artifacts needs',
    hint: hints.join('\n'),
    findings: [
      ...(goIsMissing ? ['There is no Go compiler (the command go).'] : []),
      ...packages.map((name) => `The Debian package ${name} is missing.`),
    ],
  });
}
