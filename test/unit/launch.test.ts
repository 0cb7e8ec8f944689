import { spawn } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { productDirectory } from '../../installer/base/files.ts';

/** An npm that brings a Node, as the real one does, and writes down how it was called. */
const npmThatWorks = `#!/bin/sh
echo "$PWD|$*|$PATH" >> npm-calls
mkdir -p node_modules/.bin
ln -sf "${process.execPath}" node_modules/.bin/node
`;

/** The launcher's own Node must not be the pinned one, as on a fresh machine: a copy in another place. */
let foreignNode = '';
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'perimeter-node-'));
  foreignNode = join(folder, 'node');
  await cp(process.execPath, foreignNode);
  return () => rm(folder, { recursive: true });
});

interface Checkout {
  readonly root: string;
  /** Runs the launcher with these words; `node` is the one that runs the tests. */
  launch(
    args: readonly string[],
    signal?: { readonly name: NodeJS.Signals; readonly after: string },
  ): Promise<Ended>;
  npmCalls(): Promise<string[]>;
}

interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A checkout that has never been used: launcher, lock file, and an entry that tells what it was given. */
async function checkout(
  options: { readonly npm?: string | undefined; readonly entry?: string } = {},
): Promise<Checkout> {
  const root = await mkdtemp(join(tmpdir(), 'perimeter-launch-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  await mkdir(join(root, 'installer'));
  await mkdir(join(root, 'tools'));
  await cp(productDirectory('installer', 'launch.mjs'), join(root, 'installer', 'launch.mjs'));
  await writeFile(join(root, 'package.json'), '{"type": "module"}\n');
  await writeFile(join(root, 'package-lock.json'), '{}\n');
  const entry = options.entry ?? `console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 4;`;
  await writeFile(join(root, 'installer', 'main.ts'), `${entry}\n`);
  const npm = 'npm' in options ? options.npm : npmThatWorks;
  if (npm !== undefined) {
    await writeFile(join(root, 'tools', 'npm'), npm);
    await chmod(join(root, 'tools', 'npm'), 0o755);
  }
  for (const tool of ['sh', 'mkdir', 'ln', 'sleep'])
    await symlink(`/usr/bin/${tool}`, join(root, 'tools', tool));
  return {
    root,
    launch: (args, signal) =>
      run(
        foreignNode,
        [join(root, 'installer', 'launch.mjs'), ...args],
        `${root}/node_modules/.bin:${root}/tools`,
        signal,
      ),
    npmCalls: async () =>
      (await readFile(join(root, 'npm-calls'), 'utf8').catch(() => '')).split('\n').filter(Boolean),
  };
}

function run(
  file: string,
  args: readonly string[],
  path: string,
  signal?: { readonly name: NodeJS.Signals; readonly after: string },
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, [...args], { env: { PATH: path }, stdio: ['ignore', 'pipe', 'pipe'] });
    const seen = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].on('data', (chunk: Buffer) => {
        const before = seen[name];
        seen[name] += chunk.toString('utf8');
        if (signal !== undefined && !before.includes(signal.after) && seen[name].includes(signal.after))
          child.kill(signal.name);
      });
    }
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ exitCode, ...seen }));
  });
}

describe('the launcher', () => {
  test('installs on a fresh checkout, runs the entry with the pinned Node, and gives back its exit code', async () => {
    const fresh = await checkout();
    const ended = await fresh.launch(['plan', 'site dir', '--check']);
    expect(ended.stderr).toBe('Installing npm packages (about a minute the first time) ...\n');
    expect(ended).toMatchObject({ exitCode: 4, stdout: '["plan","site dir","--check"]\n' });
  });

  test('installs again only when the lock file is another', async () => {
    const used = await checkout();
    for (let time = 0; time < 2; time += 1) await used.launch([]);
    expect(await used.npmCalls()).toHaveLength(1);
    await writeFile(join(used.root, 'package-lock.json'), '{"changed": true}\n');
    for (let time = 0; time < 2; time += 1) await used.launch([]);
    expect(await used.npmCalls()).toHaveLength(2);
  });

  test('keeps a half-installed Node away from npm, and leaves the lock file alone', async () => {
    const fresh = await checkout();
    await fresh.launch([]);
    const [cwd, args, path] = (await fresh.npmCalls())[0]?.split('|') ?? [];
    expect(cwd).toBe(fresh.root);
    expect(args?.split(' ')).toEqual(expect.arrayContaining(['install', '--no-save']));
    expect(path).toBe(`${fresh.root}/tools`);
  });

  test('runs another file of the checkout with --script', async () => {
    const fresh = await checkout();
    await writeFile(
      join(fresh.root, 'other.ts'),
      'const words: string[] = process.argv.slice(2); console.log(words.join("+"));\n',
    );
    expect((await fresh.launch(['--script', 'other.ts', 'a', 'b'])).stdout).toBe('a+b\n');
  });

  test('an install that was cut short is done again', async () => {
    const broken = await checkout({
      npm: '#!/bin/sh\necho x >> npm-calls\nmkdir -p node_modules/.bin\nexit 1\n',
    });
    const ended = await broken.launch([]);
    expect(ended.exitCode).toBe(3);
    expect(ended.stderr).toContain('npm could not install the packages (exit code 1)');
    await writeFile(join(broken.root, 'tools', 'npm'), npmThatWorks);
    expect((await broken.launch([])).exitCode).toBe(4);
  });

  test('a stop while npm works ends the launcher, and the next run installs', async () => {
    const slow = await checkout({ npm: '#!/bin/sh\necho started\nexec sleep 60\n' });
    const ended = await slow.launch([], { name: 'SIGTERM', after: 'started' });
    expect(ended.exitCode).toBe(143);
    expect(await readdir(slow.root)).not.toContain('.perimeter-installing.tmp');
    await writeFile(join(slow.root, 'tools', 'npm'), npmThatWorks);
    expect((await slow.launch([])).exitCode).toBe(4);
  });

  test('the lock of a dead launcher is taken over', async () => {
    const fresh = await checkout();
    const dead = spawn('/usr/bin/true');
    await new Promise((done) => dead.on('exit', done));
    await writeFile(join(fresh.root, '.perimeter-installing.tmp'), String(dead.pid));
    expect((await fresh.launch([])).exitCode).toBe(4);
  });

  test('two at once install once', async () => {
    const fresh = await checkout();
    const both = await Promise.all([fresh.launch(['a']), fresh.launch(['b'])]);
    expect(both.map(({ exitCode }) => exitCode)).toEqual([4, 4]);
    expect(await fresh.npmCalls()).toHaveLength(1);
  });

  test('passes signals on and ends as the program ends', async () => {
    const entry = `process.on('SIGINT', () => { console.log('asked to stop'); process.exit(130); }); console.log('up'); setInterval(() => {}, 1000);`;
    const ended = await (await checkout({ entry })).launch([], { name: 'SIGINT', after: 'up' });
    expect(ended).toMatchObject({ exitCode: 130, stdout: 'up\nasked to stop\n' });
  });

  test('a program that is killed gives the exit code that a shell would', async () => {
    const entry = `process.kill(process.pid, 'SIGKILL');`;
    expect((await (await checkout({ entry })).launch([])).exitCode).toBe(137);
  });

  test.each([
    ['npm is missing', { npm: undefined }, 'npm was not found.\nWhat to do: apt-get install npm\n'],
    ['npm brings no Node', { npm: '#!/bin/sh\nexit 0\n' }, 'npm could not install the packages'],
  ])('%s: says so and what to do', async (_what, options, words) => {
    const ended = await (await checkout(options)).launch([]);
    expect(ended.exitCode).toBe(3);
    expect(ended.stderr).toContain(words);
  });

  test('a checkout without a lock file is not whole', async () => {
    const torn = await checkout();
    await rm(join(torn.root, 'package-lock.json'));
    const ended = await torn.launch([]);
    expect(ended.exitCode).toBe(3);
    expect(ended.stderr).toContain('package-lock.json is missing: this checkout is not whole.');
  });
});
