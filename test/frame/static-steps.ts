import { globSync } from 'node:fs';
import { productDirectory } from '../../installer/base/files.ts';
import { numberIn, runTool, type Step } from './step.ts';

const sourceFolders = ['installer', 'test'];

/** Types, lint, format and dead exports: what can be said without running anything. Each counts the files that it saw. */
export const staticSteps: readonly Step[] = [
  {
    name: 'types',
    async run() {
      const { exitCode, output } = await runTool('typescript/bin/tsc', ['--noEmit', '--listFiles']);
      const lines = output.split('\n');
      const isOwn = (line: string): boolean =>
        sourceFolders.some((folder) => line.startsWith(`${productDirectory(folder)}/`));
      const rest = lines.filter((line) => !line.startsWith('/'));
      return { ok: exitCode === 0, examined: lines.filter(isOwn).length, output: rest.join('\n') };
    },
  },
  {
    name: 'lint',
    async run() {
      const args = ['--type-aware', '--deny-warnings', ...sourceFolders];
      const { exitCode, output } = await runTool('oxlint/bin/oxlint', args);
      return { ok: exitCode === 0, examined: numberIn(output, / on (\d+) files/), output };
    },
  },
  {
    name: 'format',
    async run() {
      const { exitCode, output } = await runTool('@biomejs/biome/bin/biome', [
        'ci',
        '--colors=off',
        '--reporter=summary',
      ]);
      return { ok: exitCode === 0, examined: numberIn(output, /Checked (\d+) files/), output };
    },
  },
  {
    name: 'dead exports',
    async run() {
      const examined = sourceFolders.flatMap((folder) =>
        globSync(`${productDirectory(folder)}/**/*.ts`),
      ).length;
      const { exitCode, output } = await runTool('knip/bin/knip.js', ['--no-progress']);
      return { ok: exitCode === 0, examined, output };
    },
  },
];
