import { describeSitePhase } from '../suites/site-phase-suite.ts';

describeSitePhase('load-rest');
