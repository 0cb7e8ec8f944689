import process from 'node:process';
import { ProcessOutput, type ProcessPromise, $ as zx } from 'zx';
import { PerimeterError } from '../base/errors.ts';

/**
 * Steps a person could type by hand, such as recipe`ip link add ${bridge} type bridge`. Values are quoted, output is kept
 * and not shown, and the environment holds nothing of the caller's but what finds programs and proxies.
 * Raises E_LAB with the command's own last words.
 */
export async function recipe(pieces: TemplateStringsArray, ...values: readonly unknown[]): Promise<string> {
  return run({}, pieces, values);
}

/** As `recipe`, with text for the command's standard input, or a signal that ends it. */
export function recipeWith(options: RecipeOptions) {
  return (pieces: TemplateStringsArray, ...values: readonly unknown[]): Promise<string> =>
    run(options, pieces, values);
}

/** As `recipe`, for a command whose failure is an answer: undefined then. */
export async function attempt(
  pieces: TemplateStringsArray,
  ...values: readonly unknown[]
): Promise<string | undefined> {
  const output = await start({}, pieces, values).nothrow();
  return output.exitCode === 0 ? output.stdout : undefined;
}

interface RecipeOptions {
  readonly input?: string;
  readonly signal?: AbortSignal | undefined;
}

async function run(
  options: RecipeOptions,
  pieces: TemplateStringsArray,
  values: readonly unknown[],
): Promise<string> {
  try {
    return (await start(options, pieces, values)).stdout;
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!(error instanceof ProcessOutput)) throw error;
    const command = pieces[0]?.trim().split(/\s+/).slice(0, 3).join(' ') ?? '';
    const lastWords = error.stderr.trim().split('\n').slice(-3).join(' / ');
    throw new PerimeterError('E_LAB', {
      message: `"${command} ..." failed with exit code ${error.exitCode ?? error.signal} on this machine: ${lastWords}`,
      hint: 'Mend what the message names, then run the same command again; what was made so far is kept or taken down cleanly.',
      cause: error,
    });
  }
}

/** Programs are found and proxies used as the caller does; tokens and everything else in the caller's environment stay out. */
export function recipeEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const wanted = /^(PATH|HOME|TMPDIR|(https?|no|ftp|all)_proxy)$/i;
  const kept = Object.entries(environment).filter(([name]) => wanted.test(name));
  return { ...Object.fromEntries(kept), LC_ALL: 'C.UTF-8', DEBIAN_FRONTEND: 'noninteractive' };
}

function start(
  options: RecipeOptions,
  pieces: TemplateStringsArray,
  values: readonly unknown[],
): ProcessPromise {
  const configured = zx({
    verbose: false,
    quiet: true,
    env: recipeEnvironment(process.env),
    ...(options.input === undefined ? {} : { input: options.input }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  return configured(pieces, ...(values as string[]));
}
