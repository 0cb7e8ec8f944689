import { beforePrepareNodes } from '../../../installer/phases/before-prepare-nodes.ts';
import { describeHostPhase } from '../suites/phase-suite.ts';
import { worldWithPlaybook } from './world-with-playbook.ts';

describeHostPhase(beforePrepareNodes, () => worldWithPlaybook('before-prepare-nodes'));
