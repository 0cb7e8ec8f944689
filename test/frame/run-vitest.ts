import { join } from 'node:path';
import process from 'node:process';
import { execa } from 'execa';
import { productDirectory } from '../../installer/base/files.ts';

/**
 * Runs projects of the test runner in the foreground, so that its own summary is the last thing on the screen. Its JSON report goes
 * to `$PERIMETER_REPORTS/<reportName>.json` when that is set. Returns the exit code, which is not 0 either when a project had no test.
 */
export async function runVitest(
  projects: readonly string[],
  reportName: string,
  extraArgs: readonly string[] = [],
): Promise<number> {
  const reports = process.env['PERIMETER_REPORTS'];
  const json =
    reports === undefined
      ? []
      : ['--reporter=json', `--outputFile.json=${join(reports, `${reportName}.json`)}`];
  const { exitCode } = await execa(
    process.execPath,
    [
      productDirectory('node_modules', 'vitest', 'vitest.mjs'),
      'run',
      ...projects.map((project) => `--project=${project}`),
      '--reporter=default',
      `--reporter=${productDirectory('test', 'frame', 'empty-project-reporter.ts')}`,
      ...json,
      ...extraArgs,
    ],
    { cwd: productDirectory(), stdio: 'inherit', reject: false },
  );
  return exitCode ?? 1;
}
