import { afterInstall } from '../../../installer/phases/after-install.ts';
import { describeHostPhase } from '../suites/phase-suite.ts';
import { worldWithPlaybook } from './world-with-playbook.ts';

describeHostPhase(afterInstall, () => worldWithPlaybook('after-install'));
