import { PerimeterError } from '../base/errors.ts';
import { count } from '../base/units.ts';
import { joinFailures } from '../engine/failures.ts';
import { definePhase, siteTarget } from '../engine/phase.ts';
import { bundleNeed } from '../preflight/bundle-need.ts';
import type { SiteSubject } from '../preflight/check.ts';
import { requiredChecks } from '../preflight/check-table.ts';
import { blocking, type CheckResult, describeResult, judgeSite } from '../preflight/judge-site.ts';
import { lookAtSite } from '../preflight/look-at-site.ts';

const siteMarkerPath = '/var/lib/perimeter/site.json';

/** Refuses unfit hosts before anything is changed, with everything found on all of them, and marks the fit ones as this site's. */
export const checkHosts = definePhase<SiteSubject, { node: string }>({
  name: 'check-hosts',
  title: 'Check the hosts',
  targets: () => [siteTarget],
  inspect: (_target, look) =>
    lookAtSite({
      site: look.site,
      need: bundleNeed(look.bundle.artifacts),
      host: (name) => look.host(name),
      // Of a host that is ours already etcd may be writing there just now.
      writeSeconds: ({ roles }, ours) => (!ours && roles.includes('control-plane') ? 1 : 0),
    }),
  plan(subject, _target, { site }) {
    const results = judgeSite(subject, requiredChecks);
    const findings = blocking(results);
    const unreached = subject.unreached.map(({ node, error }) => ({ target: node, error }));
    // A host that cannot be talked to has its own error, with its own hint, as long as nothing else was found.
    if (unreached.length > 0 && findings.length === unreached.length)
      throw joinFailures('check-hosts', unreached);
    if (findings.length > 0) throw refusal(findings);
    return subject.nodes
      .filter(({ ours }) => !ours)
      .map(({ node: { name } }) => ({
        id: `mark/${name}`,
        sentence: `mark the host ${name} as a node of site ${site.name}${acceptedWords(results, name)}`,
        data: { node: name },
      }));
  },
  async apply({ data: { node } }, _target, hands) {
    const marker = { site: hands.site.name, node };
    await hands.host(node).writeFile(siteMarkerPath, `${JSON.stringify(marker)}\n`);
  },
});

/** What was accepted in writing stands in the plan, too. */
function acceptedWords(results: readonly CheckResult[], name: string): string {
  const accepted = results.flatMap(({ check, node, waiver, observed }) =>
    waiver === undefined || (node !== undefined && node !== name)
      ? []
      : [`${check} (${observed}) by ${waiver.ticket} until ${waiver.expires}`],
  );
  return accepted.length === 0 ? '' : `; accepted in writing: ${accepted.join(', ')}`;
}

function refusal(findings: ReturnType<typeof blocking>): PerimeterError {
  const hosts = new Set(findings.flatMap(({ node }) => node ?? []));
  const who =
    hosts.size === 1
      ? `Host ${[...hosts][0]} is`
      : hosts.size === 0
        ? 'The site is'
        : `${hosts.size} hosts are`;
  return new PerimeterError('E_CHECK_REFUSED', {
    message: `${who} not fit (${count(findings.length, 'finding')}). Nothing was changed.`,
    hint: 'Do what each finding says, then run the same command again. All checks, with warnings: npm run perimeter -- check SITE',
    findings: findings.map(describeResult),
  });
}
