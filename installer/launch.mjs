/**
 * Starts the program on whatever Node the machine has: brings the npm packages when they are missing or old, then runs the entry
 * with the pinned Node that came among them. Plain JavaScript without packages, because nothing else is there yet.
 *
 *   node installer/launch.mjs VERB ...                 runs installer/main.ts
 *   node installer/launch.mjs --script FILE.ts ARGS...  runs another file of the checkout (tests, benchmarks)
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, linkSync, readFileSync, realpathSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { constants, homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const oldestNode = 20;
const unfitExitCode = 3;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const pinnedNode = join(modules, '.bin', 'node');
/** Holds the digest of the package-lock.json it was installed from; written last, so an install that was cut short has none. */
const marker = join(modules, '.perimeter-installed');
const lock = join(root, '.perimeter-installing.tmp');

/** Says why the program cannot start and what to do, and leaves. Writing is synchronous: nothing is lost. */
function refuse(message, hint) {
  writeSync(2, `${message}\nWhat to do: ${hint}\n`);
  process.exit(unfitExitCode);
}

function checkMachine() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < oldestNode) {
    refuse(`Node ${process.versions.node} is too old: perimeter starts on Node ${oldestNode} or newer.`, 'apt-get install nodejs npm, or a newer Node by other means');
  }
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    refuse(`This is ${process.platform} on ${process.arch}; perimeter runs on Linux on x64.`, 'run it on a Linux machine with an x86-64 processor');
  }
}

function wantedMarker() {
  const path = join(root, 'package-lock.json');
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex');
  } catch {
    return refuse(`${path} is missing: this checkout is not whole.`, 'git checkout -- package-lock.json');
  }
}

function isInstalled(wanted) {
  try {
    return readFileSync(marker, 'utf8').trim() === wanted && existsSync(pinnedNode);
  } catch {
    return false;
  }
}

/** Lets one launcher install and the others wait. What a dead one left behind is taken over. */
async function withInstallLock(work) {
  const own = `${lock}.${process.pid}`;
  for (let said = false; ; ) {
    writeFileSync(own, String(process.pid));
    try {
      linkSync(own, lock);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    } finally {
      rmSync(own, { force: true });
    }
    const owner = ownerOfLock();
    if (owner !== undefined && !isAlive(owner)) {
      rmSync(lock, { force: true });
      continue;
    }
    if (!said) writeSync(2, `Process ${owner} is installing npm packages here; waiting. If that is not so: rm ${lock}\n`);
    said = true;
    await new Promise((done) => setTimeout(done, 500));
  }
  const unlock = () => rmSync(lock, { force: true });
  process.once('exit', unlock);
  await work();
  process.off('exit', unlock);
  unlock();
}

function ownerOfLock() {
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

async function installPackages(wanted) {
  writeSync(2, 'Installing npm packages (about a minute the first time) ...\n');
  rmSync(marker, { force: true });
  // A Node among the packages must not run the npm that replaces it.
  const path = (process.env.PATH || '').split(delimiter).filter((folder) => resolve(folder) !== join(modules, '.bin'));
  // `npm ci` wants the optional packages of every platform in the lock; `--no-save` leaves the lock as it is.
  const args = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const result = await runChild('npm', args, { cwd: root, stdio: ['ignore', 2, 2], env: { ...process.env, PATH: path.join(delimiter) } });
  if (result.error) refuse('npm was not found.', 'apt-get install npm');
  if (result.exitCode > 128) process.exit(result.exitCode);
  if (result.exitCode !== 0 || !existsSync(pinnedNode)) {
    refuse(
      `npm could not install the packages (exit code ${result.exitCode}); its own words are above.`,
      `check that this machine reaches its npm registry, then run the same command again, or by hand: npm install --prefix ${root}`,
    );
  }
  writeFileSync(marker, `${wanted}\n`);
}

/** Runs a program in the foreground, passes signals on to it, and gives back how it ended, as a shell would. */
function runChild(file, args, options) {
  return new Promise((done) => {
    // Before the program starts: a signal in between would end this process and leave the program behind.
    let child;
    const handlers = ['SIGINT', 'SIGTERM', 'SIGHUP'].map((name) => [name, () => child.kill(name)]);
    for (const [name, pass] of handlers) process.on(name, pass);
    child = spawn(file, args, options);
    const end = (result) => {
      for (const [name, pass] of handlers) process.off(name, pass);
      done(result);
    };
    child.on('error', (error) => end({ error, exitCode: 127 }));
    child.on('exit', (code, signal) => end({ exitCode: signal ? 128 + constants.signals[signal] : code }));
  });
}

function entryAndArgs() {
  const args = process.argv.slice(2);
  if (args[0] !== '--script') return { entry: join(root, 'installer', 'main.ts'), args };
  if (args[1] === undefined) refuse('--script needs a file.', 'node installer/launch.mjs --script test/run.ts');
  return { entry: resolve(root, args[1]), args: args.slice(2) };
}

checkMachine();
const wanted = wantedMarker();
if (!isInstalled(wanted)) {
  await withInstallLock(async () => {
    if (!isInstalled(wanted)) await installPackages(wanted);
  });
}
const { entry, args } = entryAndArgs();
// Half of what the program would otherwise take beyond its needs is room for young objects.
const nodeArgs = ['--max-semi-space-size=1', entry, ...args];
const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
const env = {
  // Every thread would otherwise keep freed memory in an arena of its own.
  MALLOC_ARENA_MAX: '2',
  // What was compiled once is loaded the next time: a third less time until the first word, and less memory.
  NODE_COMPILE_CACHE: join(cache, 'perimeter', 'node-compile'),
  ...process.env,
};
if (realpathSync(process.execPath) === realpathSync(pinnedNode)) {
  process.execve(process.execPath, [process.execPath, ...nodeArgs], env);
}
const { error, exitCode } = await runChild(pinnedNode, nodeArgs, { stdio: 'inherit', env });
if (error) refuse(`The pinned Node did not start: ${error.message}`, `rm -rf ${modules}, then run the same command again`);
process.exit(exitCode);
