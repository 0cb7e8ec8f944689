import process from 'node:process';
import { describeRealCharts } from '../../support/real-charts.ts';

// The rules themselves are tested without any artifact (test/unit/actions); test/lab/40-rebuild requires this proof.
await describeRealCharts({ isRequired: process.env['PERIMETER_REQUIRE_COMPILED'] !== undefined });
