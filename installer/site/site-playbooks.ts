import { join } from 'node:path';
import type { FileProblem } from '../base/checked-yaml.ts';
import { type Digest, digestOfFile } from '../base/digest.ts';
import { filesOfFolder } from '../base/read-folder.ts';
import { didYouMean } from '../base/suggest.ts';
import type { Site } from './site.ts';

/** When an installation runs a playbook of the site's own: `playbooks/<point>.yaml` of the site folder, on every node. */
export const playbookPoints = ['before-prepare-nodes', 'after-prepare-nodes', 'after-install'] as const;
export type PlaybookPoint = (typeof playbookPoints)[number];

const folder = 'playbooks';

export interface SitePlaybooks {
  /** Every file below playbooks/, templates and task files too, by its path in there. */
  readonly files: Readonly<Record<string, Digest>>;
  readonly problems: readonly FileProblem[];
}

/** Reads what of its own a site brings; most have none. A playbook that no point would ever run is a problem. */
export async function readSitePlaybooks(root: string): Promise<SitePlaybooks> {
  const directory = join(root, folder);
  const paths = await filesOfFolder(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const files: Record<string, Digest> = {};
  for (const path of paths) files[path] = await digestOfFile(join(directory, path));
  const problems = Object.keys(files).flatMap((file): FileProblem[] => {
    const name = /^([^/]+)\.ya?ml$/.exec(file)?.[1];
    if (name === undefined || (file.endsWith('.yaml') && isPoint(name))) return [];
    const guess = didYouMean(name, [...playbookPoints]);
    const message = `would never run${guess}; an installation runs ${playbookPoints.map((point) => `${point}.yaml`).join(', ')} (files of tasks lie in folders)`;
    return [{ file: `${folder}/${file}`, path: [], message }];
  });
  return { files, problems };
}

function isPoint(name: string): name is PlaybookPoint {
  return (playbookPoints as readonly string[]).includes(name);
}

/** Path of the site's own playbook for a point; undefined when it has none. */
export function sitePlaybook({ directory, playbooks = {} }: Site, point: PlaybookPoint): string | undefined {
  const file = `${point}.yaml`;
  return Object.hasOwn(playbooks, file) ? join(directory, folder, file) : undefined;
}
