import { describeSitePhase } from '../suites/site-phase-suite.ts';

describeSitePhase('seed-rest', { nodes: 2 });
