import type { CheckResult } from '../check.ts';
import { reasonOf, type SuiteResult } from '../run-suite.ts';

/** JUnit XML: a suite per checklist group, a case per check; a failed check is a `failure`, a broken one an `error`. */
export function renderJunit(suite: SuiteResult): string {
  const groups = Map.groupBy(suite.results, (result) => result.id.split('-')[0] ?? result.id);
  const suites = [...groups].map(([group, results]) => {
    const failures = results.filter((result) => result.status === 'fail').length;
    const errors = results.filter((result) => result.status === 'error').length;
    const head = `name="${escapeXml(group)}" tests="${results.length}" failures="${failures}" errors="${errors}"`;
    return `  <testsuite ${head} timestamp="${suite.startedAt}">\n${results.map(renderCase).join('')}  </testsuite>\n`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="perimeter acceptance of ${escapeXml(suite.site)}">\n${suites.join('')}</testsuites>\n`;
}

function renderCase(result: CheckResult): string {
  const name = escapeXml(`${result.id} ${result.title}`);
  const head = `    <testcase classname="${escapeXml(result.id)}" name="${name}" time="${(result.ms / 1000).toFixed(3)}"`;
  const reason = escapeXml(reasonOf(result));
  switch (result.status) {
    case 'pass':
      return `${head}/>\n`;
    case 'skip':
      return `${head}><skipped/></testcase>\n`;
    case 'fail':
      return `${head}><failure message="${reason}"/></testcase>\n`;
    case 'error':
      return `${head}><error message="${reason}"/></testcase>\n`;
  }
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** Escapes for XML and drops the control characters that XML 1.0 does not allow at all. */
export function escapeXml(text: string): string {
  const printable = Array.from(text)
    .filter((character) => character >= ' ' || character === '\t' || character === '\n')
    .join('');
  return printable.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}
