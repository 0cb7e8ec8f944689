/**
 * `npm run bench:playbook`: the same tasks on the same lab hosts by this product and by ansible-core: first run, run without changes, run
 * with one change. Both start as a person starts them, from the command line. Needs root, python3-venv and a quiet machine.
 *   npm run bench:playbook -- --hosts 1,3,8 --repeat 3
 */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { silentEvents } from '../../installer/base/events.ts';
import { productDirectory } from '../../installer/base/files.ts';
import { buildBundle } from '../../installer/bundle/build-bundle.ts';
import { type Lab, labDown, labUp } from '../../installer/lab/lab.ts';
import { writeSampleSite } from '../../installer/site/sample-site.ts';
import { onHost } from '../lab/on-host.ts';
import { median, spread } from './distribution.ts';
import { ansiblePlaybook, pythonPackages, writeAnsibleFiles } from './playbook/ansible.ts';

const { values } = parseArgs({
  options: { hosts: { type: 'string', default: '1,3,8' }, repeat: { type: 'string', default: '3' } },
});
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const source = productDirectory('test', 'bench', 'playbook');
const runs = ['first run', 'nothing to change', 'one change'] as const;

interface Side {
  readonly name: string;
  /** Runs the playbook once from its command line and returns its recap. */
  play(file: string): Promise<string>;
}

const bundle = await buildBundle({ onDrift: 'take', events: silentEvents });
const ansible = await ansiblePlaybook();
const rows: string[] = ['hosts  run                perimeter s            ansible-core s         RATIO'];
for (const hosts of values.hosts.split(',').map(Number)) rows.push(...(await benchHosts(hosts)));
say(
  `\n${rows.join('\n')}\n\nRATIO: ansible-core's median over ours; above 1 is faster. Medians (least..most) of ${values.repeat}. In the recaps perimeter counts every item of a loop, Ansible every task.`,
);

async function benchHosts(hosts: number): Promise<readonly string[]> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-playbook-'));
  const name = `play${process.pid % 10_000}`;
  try {
    const lab = await labUp({ name, hosts }, silentEvents);
    const site = join(directory, 'site');
    await writeSampleSite(site, { ...lab, bundleKey: bundle.publicKey });
    await givePython(lab);
    const { inventory, env } = await writeAnsibleFiles(directory, lab);
    const sides: readonly Side[] = [
      {
        name: 'perimeter',
        play: async (file) => {
          const argv = [
            productDirectory('installer', 'launch.mjs'),
            'playbook',
            'run',
            site,
            '--playbook',
            file,
            '--bundle',
            bundle.file,
          ];
          return recapOf((await execa(process.execPath, argv)).stdout, 'ok=');
        },
      },
      {
        name: 'ansible-core',
        play: async (file) => recapOf((await execa(ansible, ['-i', inventory, file], { env })).stdout, 'ok='),
      },
    ];
    return await measure(lab, directory, sides);
  } finally {
    await labDown(name);
    await rm(directory, { recursive: true, force: true });
  }
}

async function measure(lab: Lab, directory: string, sides: readonly Side[]): Promise<readonly string[]> {
  const seconds = new Map<string, number[]>();
  const forget = await readFile(join(source, 'forget.sh'), 'utf8');
  for (let round = 0; round < Number(values.repeat); round += 1) {
    // Whoever begins finds colder caches: they take turns.
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
      await Promise.all(lab.hosts.map((host) => onHost(lab, host.name, forget)));
      for (const run of runs) {
        const file = await playbookOf(directory, run === 'one change' ? 'two' : 'one');
        const startedAt = performance.now();
        const recap = await side.play(file);
        const key = `${run} ${side.name}`;
        seconds.set(key, [...(seconds.get(key) ?? []), (performance.now() - startedAt) / 1000]);
        if (round === 0) say(`${lab.hosts.length} hosts, ${run}, ${side.name}:\n${recap}`);
      }
    }
  }
  return runs.map((run) => {
    const [ours = [], others = []] = sides.map(({ name }) => seconds.get(`${run} ${name}`) ?? []);
    const ratio = (median(others) / median(ours)).toFixed(1);
    return `${String(lab.hosts.length).padEnd(7)}${run.padEnd(19)}${spread(ours).padEnd(23)}${spread(others).padEnd(23)}${ratio}x`;
  });
}

/** The tasks for a release, with what lies beside them. */
async function playbookOf(directory: string, release: string): Promise<string> {
  const folder = join(directory, 'tasks');
  await cp(source, folder, { recursive: true });
  const file = join(folder, 'tasks.yaml');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace('release: one', `release: ${release}`));
  return file;
}

async function givePython(lab: Lab): Promise<void> {
  const packages = await pythonPackages(lab);
  await Promise.all(
    lab.hosts.map(async (host) => {
      const target = `root@${host.address}:/var/tmp/`;
      const pinned = [
        '-F',
        'none',
        '-q',
        '-i',
        lab.keyFile,
        '-o',
        `UserKnownHostsFile=${lab.knownHostsFile}`,
      ];
      await execa('scp', [...pinned, ...packages, target]);
      const names = packages.map((path) => `/var/tmp/${basename(path)}`).join(' ');
      // The second time is for those that others must be configured for.
      const install = `DEBIAN_FRONTEND=noninteractive dpkg --install ${names}`;
      await onHost(lab, host.name, `${install} > /dev/null 2>&1 || ${install} > /dev/null; rm ${names}`);
    }),
  );
}

function recapOf(output: string, mark: string): string {
  return output
    .split('\n')
    .filter((line) => line.includes(mark))
    .join('\n');
}
