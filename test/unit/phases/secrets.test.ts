import { describeSitePhase } from '../suites/site-phase-suite.ts';

describeSitePhase('secrets');
// One control plane holds the whole key.
describeSitePhase('secrets', { nodes: 1 });
