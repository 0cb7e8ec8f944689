import { PerimeterError } from '../../base/errors.ts';
import { refreshCommand } from '../debian/package-versions.ts';

/**
 * Raises what several artifacts failed of as one error, by name; the only one as it is, a defect before all others. Packages that are
 * gone are all named in one command: refreshed one by one, each would wait for the others.
 */
export function raiseFailures(failures: ReadonlyMap<string, unknown>): void {
  const [first] = failures.values();
  if (first === undefined) return;
  const defect = [...failures.values()].find((error) => !(error instanceof PerimeterError));
  if (defect !== undefined || failures.size === 1) throw defect ?? first;
  const errors = [...failures].map(([name, error]) => ({ name, error: error as PerimeterError }));
  const gone = errors.filter(({ error }) => error.code === 'E_PACKAGE_GONE').map(({ name }) => name);
  const mend =
    gone.length === errors.length
      ? []
      : ['Mend what is named and run the same command again: what was made is kept.'];
  const refresh =
    gone.length === 0 ? [] : [`Take the packages that are served now: ${refreshCommand(gone.toSorted())}`];
  throw new PerimeterError(gone.length === errors.length ? 'E_PACKAGE_GONE' : 'E_BUILD_FAILED', {
    message: `${errors.length} artifacts could not be made: ${[...failures.keys()].toSorted().join(', ')}`,
    hint: [...refresh, ...mend].join('\n'),
    findings: errors.flatMap(({ error }) => [error.message, ...error.findings.map((line) => `  ${line}`)]),
  });
}
