import { readFile, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import {
  type CheckedYaml,
  checkYaml,
  describeProblems,
  type FileProblem,
  sortProblems,
} from '../base/checked-yaml.ts';
import { PerimeterError } from '../base/errors.ts';
import { count } from '../base/units.ts';
import { fileSystemRules } from './file-system-rules.ts';
import { InventoryFile } from './inventory-file.ts';
import { keyFileProblem } from './key-file.ts';
import { autoPlaces, autoUnknown } from './kubelet-sizes.ts';
import { loadProfiles } from './load-profiles.ts';
import { normaliseSite } from './normalise-site.ts';
import type { Profile } from './profile.ts';
import type { Site } from './site.ts';
import { SiteFile } from './site-file.ts';
import { outlineOf, type SiteOutline } from './site-outline.ts';
import { readSitePlaybooks } from './site-playbooks.ts';
import { type Complain, siteRules } from './site-rules.ts';
import { WaiversFile } from './waivers.ts';

const files = { site: 'site.yaml', inventory: 'inventory.yaml', waivers: 'waivers.yaml' } as const;
const largestFileBytes = 1024 * 1024;

/**
 * Reads a site folder into one checked value; contacts nothing. Raises E_SITE_MISSING when the folder is not there or is no site,
 * E_SITE_INVALID with every problem of every file otherwise.
 */
export async function loadSite(directory: string): Promise<Site> {
  const root = resolve(directory);
  await assertFolder(root, directory);
  const [site, inventory, waivers, loaded, playbooks] = await Promise.all([
    readChecked(root, files.site, SiteFile),
    readChecked(root, files.inventory, InventoryFile),
    readWaivers(root),
    loadProfiles(root),
    readSitePlaybooks(root),
  ]);
  const problems = [
    ...site.problems,
    ...inventory.problems,
    ...waivers.problems,
    ...loaded.problems,
    ...playbooks.problems,
  ];
  const complain: Complain = (file, path, message) => {
    const line = { site, inventory, waivers }[file].document?.lineOf(path);
    problems.push({ file: files[file], path, message, ...(line === undefined ? {} : { line }) });
  };
  const outline = outlineOf(site.document?.value, inventory.document?.value);
  siteRules(
    outline,
    new Map([...loaded.profiles].map(([name, profile]) => [name, { roles: profile?.roles }])),
    complain,
  );
  autoRule(inventory.value, complain);
  fileSystemRules(inventory.value, loaded.profiles, complain);
  waiverRule(waivers.value, outline, complain);
  await keyFileRule(root, outline, complain);
  if (problems.length > 0) throw invalidSite(directory, problems);
  const profiles = loaded.profiles as ReadonlyMap<string, Profile>;
  return normaliseSite(
    root,
    site.value as SiteFile,
    inventory.value as InventoryFile,
    profiles,
    waivers.value?.waivers ?? [],
    playbooks.files,
  );
}

/** Most sites have none. */
async function readWaivers(root: string): Promise<Checked<WaiversFile>> {
  const there = await stat(join(root, files.waivers)).catch(() => undefined);
  if (there === undefined) return { document: undefined, value: undefined, problems: [] };
  return readChecked(root, files.waivers, WaiversFile);
}

type Checked<T> = Omit<CheckedYaml<T>, 'document'> & {
  readonly document: CheckedYaml<T>['document'] | undefined;
};

async function readChecked<S extends typeof SiteFile | typeof InventoryFile | typeof WaiversFile>(
  root: string,
  file: string,
  schema: S,
): Promise<Checked<ReturnType<S['parse']>>> {
  const nothing = (message: string): Checked<never> => ({
    document: undefined,
    value: undefined,
    problems: [{ file, path: [], message }],
  });
  const bytes = await readFile(join(root, file)).catch(
    (error: NodeJS.ErrnoException) => error.code ?? 'unreadable',
  );
  if (typeof bytes === 'string')
    return nothing(bytes === 'ENOENT' ? 'is missing' : `cannot be read (${bytes})`);
  if (bytes.byteLength > largestFileBytes) return nothing('is larger than 1 MiB, which no such file is');
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return checkYaml(file, text, schema) as Checked<ReturnType<S['parse']>>;
  } catch (error) {
    if (error instanceof TypeError) return nothing('is no UTF-8 text');
    throw error;
  }
}

async function assertFolder(root: string, given: string): Promise<void> {
  const status = await stat(root).catch(() => undefined);
  if (status?.isDirectory() === true) return;
  throw new PerimeterError('E_SITE_MISSING', {
    message: `There is no site folder at ${given}${root === given ? '' : ` (${root})`}.`,
    hint: 'Name the folder that holds site.yaml and inventory.yaml. `npm run try` writes one for the lab in site/try, to learn from.',
  });
}

function autoRule(inventory: InventoryFile | undefined, complain: Complain): void {
  for (const [index, { overrides }] of (inventory?.nodes ?? []).entries()) {
    for (const { path, words } of autoPlaces(overrides?.kubelet ?? {})) {
      if (words !== undefined) continue;
      complain('inventory', ['nodes', index, 'overrides', 'kubelet', ...path.split('.')], autoUnknown);
    }
  }
}

function waiverRule(file: WaiversFile | undefined, { nodes }: SiteOutline, complain: Complain): void {
  const known = nodes.flatMap(({ name }) => name ?? []);
  for (const [index, { node }] of (file?.waivers ?? []).entries()) {
    if (node === undefined || known.includes(node)) continue;
    complain('waivers', ['waivers', index, 'node'], `there is no node "${node}"; known: ${known.join(', ')}`);
  }
}

/** A key file that several nodes share is looked at once, and its problem is told once, where it is named. */
async function keyFileRule(root: string, { keyFile, nodes }: SiteOutline, complain: Complain): Promise<void> {
  const missing = nodes.flatMap((node, index) =>
    node.keyFile === undefined && keyFile === undefined ? [index] : [],
  );
  for (const index of missing) {
    complain(
      'inventory',
      ['nodes', index, 'ssh'],
      'keyFile is missing here, and there is none for all nodes; for example, at the top of the file: `ssh: {keyFile: ssh/id_ed25519}`',
    );
  }
  const named: readonly (readonly [string | undefined, readonly (string | number)[]])[] = [
    [keyFile, ['ssh', 'keyFile']],
    ...nodes.map((node, index) => [node.keyFile, ['nodes', index, 'ssh', 'keyFile']] as const),
  ];
  const seen = new Set<string>();
  for (const [file, path] of named) {
    if (file === undefined || seen.has(file)) continue;
    seen.add(file);
    const problem = await keyFileProblem(resolve(root, file));
    if (problem !== undefined) complain('inventory', path, problem);
  }
}

function invalidSite(directory: string, problems: readonly FileProblem[]): PerimeterError {
  const missing = problems.every((problem) => problem.message === 'is missing' && problem.path.length === 0);
  const place = relative('', resolve(directory)) || '.';
  return new PerimeterError(missing ? 'E_SITE_MISSING' : 'E_SITE_INVALID', {
    message: missing
      ? `The folder ${place} is no site: a file of it is missing.`
      : `The site in ${place} has ${count(problems.length, 'problem')}; nothing was contacted.`,
    findings: describeProblems(sortProblems(problems)),
    hint: missing
      ? 'Name the folder that holds site.yaml and inventory.yaml. `npm run try` writes one for the lab in site/try, to learn from.'
      : `Mend these lines, then look again: npm run perimeter -- validate ${place}`,
  });
}
