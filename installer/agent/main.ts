import process from 'node:process';
import { text } from 'node:stream/consumers';
import { lendFile } from './lend-file.ts';
import { Operations } from './operations.ts';
import { containerdRoot, containerdSocket, seedDirectory } from './paths.ts';
import { imagesInputSchema } from './protocol.ts';
import { SeedStore } from './seed-store.ts';
import { describeError, runSession } from './session.ts';

/**
 * The program that the installer sends to a node. `session` works for one installer over its SSH session; `look` answers one
 * question from standard input and changes nothing; `lend` gives one file to other nodes. Paths can be moved for trials by environment variables.
 */
const env = process.env;
const store = new SeedStore({
  seedDirectory: env['PERIMETER_SEED_DIRECTORY'] ?? seedDirectory,
  containerdRoot: env['PERIMETER_CONTAINERD_ROOT'] ?? containerdRoot,
});
const socket = env['PERIMETER_CONTAINERD_SOCKET'] ?? containerdSocket;
const longestLifeMs = 6 * 3600 * 1000;
const longestLoanMs = 3600 * 1000;

async function look(question: string | undefined): Promise<void> {
  if (question !== 'images') throw new Error(`no such question: ${question ?? ''}`);
  const { images } = imagesInputSchema.parse(JSON.parse(await text(process.stdin)));
  const operations = new Operations(store, socket, () => {});
  process.stdout.write(`${JSON.stringify(await operations.missingImages(images))}\n`);
}

async function main(): Promise<void> {
  const [mode, question, word] = process.argv.slice(2);
  if (mode === 'look') return look(question);
  if (mode === 'lend' && question !== undefined && word !== undefined)
    return lendFile(question, word, longestLoanMs);
  if (mode !== 'session') throw new Error('usage: agent session | agent look images | agent lend FILE WORD');
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
