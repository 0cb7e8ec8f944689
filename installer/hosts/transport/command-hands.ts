import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { normalize } from 'node:path';
import { digestOfFile, hexOf } from '../../base/digest.ts';
import { assertDefect } from '../../base/errors.ts';
import type { CommandOptions, CommandResult, HostHands, WriteOptions } from '../host.ts';
import { commandFailed, fileFailed } from '../host-errors.ts';
import { type CommandRunner, isStream, type RunRequest } from './command-runner.ts';
import * as scripts from './host-scripts.ts';
import { type Answer, fromBase64, LookBatch, type Question } from './look-batch.ts';

const queryTimeoutMs = 60_000;
const runTimeoutMs = 600_000;
const uploadTimeoutMs = 1_800_000;

/** A host whose every operation is a command, so that all transports behave alike. */
export function commandHands(runner: CommandRunner): HostHands & { close(): Promise<void> } {
  const command = async (
    argv: readonly string[],
    options: CommandOptions,
    rest: Pick<RunRequest, 'timeoutMs' | 'repeatable'>,
  ): Promise<CommandResult> => {
    const result = await runner.exec(argv, {
      ...rest,
      timeoutMs: options.timeoutMs ?? rest.timeoutMs,
      input: options.input,
      signal: options.signal,
    });
    const allowed = options.okExitCodes ?? [0];
    if (allowed !== 'any' && !allowed.includes(result.exitCode)) throw commandFailed(runner, argv, result);
    return result;
  };

  const look = new LookBatch(async (args) => {
    const argv = ['sh', '-c', scripts.lookScript, 'look', ...args];
    const result = await command(argv, {}, { timeoutMs: queryTimeoutMs, repeatable: true });
    return result.stdout;
  });

  const ask = async <T>(
    question: Question,
    path: string,
    read: (value: string) => T,
  ): Promise<T | undefined> => {
    const answer: Answer = await look.answer(question, absolute(path));
    if (answer.kind === 'absent') return undefined;
    if (answer.kind === 'error') throw fileFailed(runner, path, answer.text);
    return read(answer.value);
  };

  /** Runs one of the file scripts; they leave the same result when run twice. */
  const script = async (
    name: string,
    text: string,
    argv: readonly string[],
    input?: RunRequest['input'],
    timeoutMs = runTimeoutMs,
  ): Promise<void> => {
    const result = await runner.exec(['sh', '-c', text, name, ...argv], {
      timeoutMs,
      repeatable: !isStream(input),
      input,
    });
    if (result.exitCode !== 0)
      throw fileFailed(runner, argv[0] ?? '', result.stderr.trim() || `${name} failed`);
  };

  return {
    name: runner.name,
    address: runner.address,
    query: (argv, options = {}) => command(argv, options, { timeoutMs: queryTimeoutMs, repeatable: true }),
    run: (argv, options = {}) => command(argv, options, { timeoutMs: runTimeoutMs, repeatable: false }),
    readFile: (path) => ask('read', path, fromBase64),
    status: async (path) => await look.status(absolute(path)),
    sha256: (path) => ask('sha256', path, (value) => value.slice(0, 64)),
    list: (path) => ask('list', path, (value) => fromBase64(value).split('\0').filter(Boolean).toSorted()),

    async writeFile(path, content, options = {}) {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content;
      const argv = [absolute(path), ...attributes(options, '0644', 'root'), String(bytes.length), '-'];
      await script('write-file', scripts.writeScript, argv, bytes);
    },
    async makeDirectory(path, options = {}) {
      await script('make-directory', scripts.directoryScript, [
        absolute(path),
        ...attributes(options, '-', '-'),
      ]);
    },
    async setAttributes(path, options) {
      await script('set-attributes', scripts.attributesScript, [
        absolute(path),
        ...attributes(options, '-', '-'),
      ]);
    },
    async makeSymlink(path, target) {
      await script('make-symlink', scripts.symlinkScript, [absolute(path), target]);
    },
    async remove(path) {
      assertDefect(
        /^\/[^/]+\/[^/]/.test(absolute(path)),
        `refusing to remove ${path}: too close to the root`,
      );
      await script('remove', 'rm -rf -- "$1"', [path]);
    },
    async upload(localPath, remotePath, options = {}) {
      const digest = hexOf(await digestOfFile(localPath));
      const { size } = await stat(localPath);
      const argv = [absolute(remotePath), ...attributes(options, '0644', 'root'), String(size), digest];
      const content = createReadStream(localPath, { highWaterMark: 256 * 1024 });
      await script('upload', scripts.writeScript, argv, content, uploadTimeoutMs);
    },
    start: (argv, options) => runner.start(argv, options),
    close: () => runner.close(),
  };
}

/** Mode, owner and group as the scripts want them. */
function attributes(options: WriteOptions, mode: string, name: string): [string, string, string] {
  return [
    options.mode === undefined ? mode : options.mode.toString(8).padStart(4, '0'),
    options.owner ?? name,
    options.group ?? name,
  ];
}

function absolute(path: string): string {
  assertDefect(path.startsWith('/') && normalize(path) === path, `${path} is not an absolute, plain path`);
  return path;
}
