import type { Import } from './source-files.ts';

/** The rooms from the foundation up: each may import from those before it. `parts` stands for each of its rooms. */
const order = [
  'base',
  'site',
  'oci',
  'bundle',
  'hosts',
  'hardware',
  'preflight',
  'kube',
  'engine',
  'agent',
  'seed',
  'playbook',
  'parts',
  'phases',
  'acceptance',
  'lab',
  'actions',
  'cli',
  'testkit',
  'entry',
];

interface Room {
  readonly name: string;
  readonly rank: number;
  /** How deep a file of this room lies when other rooms may import it. */
  readonly topDepth: number;
}

/** The room a file lies in, or undefined when it lies in none. Files at the top of installer/ are the program's entries. */
export function roomOf(path: string): Room | undefined {
  const [root, first = '', second = '', ...rest] = path.split('/');
  if (root !== 'installer') return undefined;
  if (second === '') return { name: first, rank: order.indexOf('entry'), topDepth: 2 };
  const rank = order.indexOf(first);
  if (rank < 0) return undefined;
  if (first !== 'parts') return { name: first, rank, topDepth: 3 };
  return rest.length === 0 ? undefined : { name: `parts/${second}`, rank, topDepth: 4 };
}

/** What is wrong with an import between rooms, or undefined. */
export function roomProblem({ from, target, isPackage }: Import): string | undefined {
  const here = roomOf(from);
  const there = roomOf(target);
  if (isPackage || here === undefined || there === undefined || here.name === there.name) return undefined;
  const arrow = `${from} -> ${target}`;
  if (there.rank > here.rank) return `${arrow}: ${there.name} stands above ${here.name}`;
  if (there.rank === here.rank) return `${arrow}: sideways`;
  return target.split('/').length > there.topDepth ? `${arrow}: reaches into ${there.name}` : undefined;
}
