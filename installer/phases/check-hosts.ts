import { PerimeterError } from '../base/errors.ts';
import { count } from '../base/units.ts';
import { definePhase, nodeTarget } from '../engine/phase.ts';
import { gatherFacts, type HostFacts } from '../hosts/facts.ts';
import { diskNeedOf } from '../parts/node/disk-need.ts';
import { checkHost, describeFinding } from '../parts/node/host-checks.ts';

const siteMarkerPath = '/var/lib/perimeter/site.json';

/** Refuses unfit hosts before anything is changed, and marks the fit ones as belonging to this site. */
export const checkHosts = definePhase<HostFacts, Record<string, never>>({
  name: 'check-hosts',
  title: 'Check the hosts',
  targets: (site) => site.nodes.map(nodeTarget),
  inspect: (target, look) => gatherFacts(look.host(target.name)),
  plan(facts, target, { site, bundle }) {
    if (target.kind !== 'node') return [];
    const findings = checkHost({ facts, node: target.node, site, disk: diskNeedOf(bundle) });
    if (findings.length > 0) {
      throw new PerimeterError('E_CHECK_REFUSED', {
        message: `Host ${target.name} is not fit (${count(findings.length, 'finding')}). Nothing was changed.`,
        hint: 'Do what each finding says, then run the same command again.',
        findings: findings.map((finding) => describeFinding(target.name, finding)),
      });
    }
    if (facts.siteMarker === site.name) return [];
    return [{ id: 'mark', sentence: `mark the host as a node of site ${site.name}`, data: {} }];
  },
  async apply(_change, target, hands) {
    const marker = { site: hands.site.name, node: target.name };
    await hands.host(target.name).writeFile(siteMarkerPath, `${JSON.stringify(marker)}\n`);
  },
});
