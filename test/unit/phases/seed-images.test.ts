import { describeSitePhase } from '../suites/site-phase-suite.ts';

describeSitePhase('seed-images', { nodes: 2 });
