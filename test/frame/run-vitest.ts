import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
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
  // Short, because sockets lie in it. What a test leaves in its temporary folders goes with this one.
  const temporary = await mkdtemp(join(tmpdir(), 'pt-'));
  // The SSH servers of the tests read in it with the rights of whoever logs in.
  await chmod(temporary, 0o755);
  try {
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
      { cwd: productDirectory(), stdio: 'inherit', reject: false, env: { TMPDIR: temporary } },
    );
    return exitCode ?? 1;
  } finally {
    // A test that broke may have left a mount: what lies beyond it is not ours to remove.
    await execa('rm', ['-rf', '--one-file-system', temporary], { reject: false });
  }
}
