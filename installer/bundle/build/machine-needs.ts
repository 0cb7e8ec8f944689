import { mkdir } from 'node:fs/promises';
import process from 'node:process';
import { installDebianPackages, missingPackages, type PackageNeed } from '../../base/debian-packages.ts';
import { PerimeterError } from '../../base/errors.ts';
import { type Events, step } from '../../base/events.ts';
import { freeBytesAt } from '../../base/nearest-folder.ts';
import { formatBytes } from '../../base/units.ts';
import type { Recipe } from '../recipe/load-recipes.ts';
import type { Toolchain } from './toolchain.ts';

const debianNeeds: readonly PackageNeed[] = [{ file: '/usr/bin/mmdebstrap', package: 'mmdebstrap' }];
/** What the programs with C in them are compiled and linked with, statically. */
const cNeeds: readonly PackageNeed[] = [
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
  const free = await freeBytesAt(cacheRoot);
  if (free < leastFreeBytes) {
    throw new PerimeterError('E_DISK_FULL', {
      message: `Only ${formatBytes(free)} are free at ${cacheRoot}; making artifacts needs at least ${formatBytes(leastFreeBytes)}`,
      hint: 'Make room. What only saves time on the next build can go: go clean -cache (with GOCACHE set to go-build beside that folder)',
    });
  }
  const needs = [
    ...(recipes.some(({ body }) => body.kind === 'debian') ? debianNeeds : []),
    ...(recipes.some(usesC) ? cNeeds : []),
  ];
  const missing = await missingPackages(needs);
  const goIsMissing = toolchain.go === undefined && recipes.some(({ body }) => body.kind === 'go');
  const isRoot = process.getuid?.() === 0;
  if (goIsMissing || (missing.length > 0 && !isRoot)) throw unfit(goIsMissing, missing);
  if (missing.length === 0) return false;
  const title = `Install ${missing.join(', ')} on this machine`;
  await step(events, ['bundle', 'packages'], title, async () => {
    await installDebianPackages(missing, signal);
  });
  const still = await missingPackages(needs);
  if (still.length > 0) throw unfit(false, still);
  return true;
}

function usesC({ body }: Recipe): boolean {
  return body.kind === 'go' && body.modules.some((module) => module.cgo === true);
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
