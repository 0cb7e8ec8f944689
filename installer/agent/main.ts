import process from 'node:process';
import { lendFile } from './lend-file.ts';
import { containerdRoot, containerdSocket, seedDirectory } from './paths.ts';
import { SeedStore } from './seed-store.ts';
import { describeError, runSession } from './session.ts';

/**
 * The program that the installer sends to a node. `session` works for one installer over its SSH session; `lend` gives one file to
 * other nodes. Paths can be moved for trials by environment variables.
 */
const env = process.env;
const store = new SeedStore({
  seedDirectory: env['PERIMETER_SEED_DIRECTORY'] ?? seedDirectory,
  containerdRoot: env['PERIMETER_CONTAINERD_ROOT'] ?? containerdRoot,
});
const socket = env['PERIMETER_CONTAINERD_SOCKET'] ?? containerdSocket;
const longestLifeMs = 6 * 3600 * 1000;
const longestLoanMs = 3600 * 1000;

async function main(): Promise<void> {
  const [mode, file, word] = process.argv.slice(2);
  if (mode === 'lend' && file !== undefined && word !== undefined) return lendFile(file, word, longestLoanMs);
  if (mode !== 'session') throw new Error('usage: agent session | agent lend FILE WORD');
  setTimeout(() => process.exit(3), longestLifeMs).unref();
  await runSession(store, socket);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${JSON.stringify(describeError(error))}\n`);
    process.exit(1);
  },
);
