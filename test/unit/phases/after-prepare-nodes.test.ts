import { afterPrepareNodes } from '../../../installer/phases/after-prepare-nodes.ts';
import { describeHostPhase } from '../suites/phase-suite.ts';
import { worldWithPlaybook } from './world-with-playbook.ts';

describeHostPhase(afterPrepareNodes, () => worldWithPlaybook('after-prepare-nodes'));
