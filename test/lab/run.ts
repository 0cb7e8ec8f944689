/** `npm run test:lab`: the numbered journeys on lab hosts, cheap ones first. Words after `--` choose files of test/lab. */
import process from 'node:process';
import { runVitest } from '../frame/run-vitest.ts';

// CI runs it more than once: each run has a report of its own.
process.exitCode = await runVitest(['lab'], `lab-${process.pid}`, ['--bail=1', ...process.argv.slice(2)]);
