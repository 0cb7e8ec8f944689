import process from 'node:process';
import type { Reporter, TestModule, Vitest } from 'vitest/node';

/** Fails the run when one of its projects ran no test at all: a gate that examined nothing must not pass. */
export default class EmptyProjectReporter implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const ran = new Set(
      modules.flatMap((module) =>
        module.children.allTests().next().done === true ? [] : [module.project.name],
      ),
    );
    const empty = (this.#vitest?.projects ?? [])
      .map((project) => project.name)
      .filter((name) => !ran.has(name));
    if (empty.length === 0) return;
    process.exitCode = 1;
    process.stderr.write(`No test ran in: ${empty.join(', ')}.\n`);
  }
}
