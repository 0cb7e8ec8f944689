import { PerimeterError } from '../../base/errors.ts';
import { refreshCommand } from '../debian/package-versions.ts';

/**
 * Raises what artifacts failed of as one error, by name; a defect before all others. Packages that are gone are all named in one
 * command, with those that were to be refreshed already: refreshed one by one, each would wait for the others.
 */
export function raiseFailures(
  failures: ReadonlyMap<string, unknown>,
  refreshed: readonly string[] = [],
): void {
  const defect = [...failures.values()].find((error) => !(error instanceof PerimeterError));
  if (defect !== undefined) throw defect;
  const errors = [...failures.values()] as readonly PerimeterError[];
  const [first, ...more] = errors;
  if (first === undefined) return;
  const gone = [...failures.keys()].filter((_, index) => errors[index]?.code === 'E_PACKAGE_GONE');
  if (more.length === 0 && gone.length === 0) throw first;
  const isAll = gone.length === errors.length;
  const command = refreshCommand([...new Set([...refreshed, ...gone])].toSorted());
  throw new PerimeterError(isAll ? 'E_PACKAGE_GONE' : 'E_BUILD_FAILED', {
    ...(more.length === 0 ? alone(first) : together([...failures.keys()], errors)),
    hint: [
      ...(gone.length === 0 ? [] : [`Take what is served now: ${command}`]),
      ...(isAll ? [] : ['Mend what is named and run the same command again: what was made is kept.']),
    ].join('\n'),
  });
}

function alone({ message, findings }: PerimeterError) {
  return { message, findings };
}

function together(names: readonly string[], errors: readonly PerimeterError[]) {
  return {
    message: `${names.length} artifacts could not be made: ${names.toSorted().join(', ')}`,
    findings: errors.flatMap(({ message, findings }) => [message, ...findings.map((line) => `  ${line}`)]),
  };
}
