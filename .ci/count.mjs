// Adds up the JSON reports of the test runner and prints the one line that CI reads.
// A command that failed without a failed test in its report (types, lint, a crash) counts as one failure of its own; what was left out
// for lack of time counts as skipped.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

const [directory, ...counts] = process.argv.slice(2);
const [failedCommands, leftOut] = counts.map(Number);
const totals = { passed: 0, failed: 0, skipped: leftOut };
for (const name of readdirSync(directory).filter((file) => file.endsWith('.json'))) {
  const report = JSON.parse(readFileSync(join(directory, name), 'utf8'));
  totals.passed += report.numPassedTests;
  totals.failed += report.numFailedTests;
  totals.skipped += report.numPendingTests + report.numTodoTests;
}
if (failedCommands > 0 && totals.failed === 0) totals.failed = failedCommands;
if (totals.passed === 0 && totals.failed === 0) totals.failed = 1;
const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : '';
process.stdout.write(`${totals.passed} passed, ${totals.failed} failed${skipped}\n`);
process.exit(totals.failed === 0 ? 0 : 1);
