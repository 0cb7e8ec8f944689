import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { productDirectory } from '../base/files.ts';
import type { JsonValue } from '../base/json.ts';
import { redact } from '../base/redact.ts';
import { chooseVerb } from './choose-verb.ts';
import { describeError } from './describe-error.ts';
import { groupHelp, overviewHelp, verbHelp } from './help.ts';
import { processSurroundings, watchInterruption } from './interruption.ts';
import { parseCommand } from './parse-command.ts';
import { chooseRenderer, defaultOutput, type OutputStreams } from './renderers/choose-renderer.ts';
import { redactValue } from './renderers/json.ts';
import type { OutputMode, Verb, VerbLoaders, VerbResult } from './verb.ts';
import { verbLoaders } from './verbs.ts';

/** Runs one command line and returns its exit code. Nothing is thrown: every failure is told to the person. */
export async function runCli(
  argv: readonly string[],
  streams: OutputStreams = process,
  loaders: VerbLoaders = verbLoaders,
): Promise<number> {
  const asked = outputAsked(argv);
  try {
    const words = argv[0] === 'help' ? [...argv.slice(1, 3), '--help'] : argv;
    const [word] = words;
    if (word === undefined || word === '--help' || word === '-h') return await showOverview(streams, loaders);
    if (word === '--version') return await showVersion(streams);
    const chosen = await chooseVerb(words, loaders);
    if (chosen.verb === undefined) {
      streams.stdout.write(groupHelp(chosen.group, chosen.verbs));
      return 0;
    }
    const { verb } = chosen;
    const command = parseCommand(verb, chosen.rest);
    if (command.help) {
      streams.stdout.write(verbHelp(verb));
      return 0;
    }
    return await runVerb(verb, command, command.output ?? defaultOutput(streams, process.env), streams);
  } catch (error) {
    return tellError(error, asked ?? 'lines', streams, { aborted: false });
  }
}

async function runVerb(
  verb: Verb,
  command: ReturnType<typeof parseCommand>,
  output: OutputMode,
  streams: OutputStreams,
): Promise<number> {
  const renderer = await chooseRenderer(output, streams);
  using interruption = watchInterruption(
    processSurroundings(
      (text) => renderer.say(text),
      () => renderer.close(),
    ),
  );
  let journal: string | undefined;
  try {
    const result = await verb.run({
      args: command.args,
      options: command.options as never,
      events: renderer,
      signal: interruption.signal,
      output,
      show: (text) => renderer.show(text),
      pauseView: () => renderer.pause(),
      journalLiesAt(path) {
        journal = path;
      },
    });
    await renderer.close();
    return tellResult(verb, result ?? {}, output, streams);
  } catch (error) {
    await renderer.close();
    const run = { aborted: interruption.signal.aborted, ...(journal === undefined ? {} : { journal }) };
    return tellError(error, output, streams, run);
  }
}

function tellResult(verb: Verb, result: VerbResult, output: OutputMode, streams: OutputStreams): number {
  const exitCode = result.exitCode ?? 0;
  if (output === 'json') {
    writeJson(streams, { kind: 'result', verb: verb.name, exitCode, data: result.data ?? {} });
  } else if (result.text !== undefined) {
    streams.stdout.write(redact(result.text.endsWith('\n') ? result.text : `${result.text}\n`));
  }
  return exitCode;
}

function tellError(
  error: unknown,
  output: OutputMode,
  streams: OutputStreams,
  run: { readonly aborted: boolean; readonly journal?: string },
): number {
  const report = describeError(error, run);
  if (output === 'json') writeJson(streams, report.data);
  else streams.stderr.write(`\n${redact(report.text)}`);
  return report.exitCode;
}

function writeJson(streams: OutputStreams, value: JsonValue): void {
  streams.stdout.write(`${JSON.stringify(redactValue(value))}\n`);
}

async function showOverview(streams: OutputStreams, loaders: VerbLoaders): Promise<number> {
  const verbs = await Promise.all(Object.values(loaders).map((load) => load()));
  streams.stdout.write(overviewHelp(verbs));
  return 0;
}

async function showVersion(streams: OutputStreams): Promise<number> {
  const { version } = JSON.parse(await readFile(productDirectory('package.json'), 'utf8')) as {
    version: string;
  };
  streams.stdout.write(`perimeter ${version}\n`);
  return 0;
}

/** How failures are told when the command line itself is wrong: a program that asked for JSON gets JSON. */
function outputAsked(argv: readonly string[]): OutputMode | undefined {
  const text = argv.join(' ');
  return /(?:--output[ =]|-o ?)json\b/.test(text) ? 'json' : undefined;
}
