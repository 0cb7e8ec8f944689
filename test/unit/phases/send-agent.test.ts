import { describeSitePhase } from '../suites/site-phase-suite.ts';

describeSitePhase('send-agent', { nodes: 1 });
