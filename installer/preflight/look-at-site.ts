import { stat } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { isPerimeterError } from '../base/errors.ts';
import { settleParallel } from '../base/parallel.ts';
import { loadCatalogue } from '../hardware/catalogue.ts';
import { readFrozenReport } from '../hardware/frozen-report.ts';
import { nodeLink } from '../hardware/links.ts';
import { type ModelMatch, matchModel } from '../hardware/match-model.ts';
import { loadOverrides } from '../hardware/site-hardware.ts';
import type { HostView } from '../hosts/host.ts';
import { hostsAtOnce } from '../hosts/hosts-at-once.ts';
import { type Survey, surveyHost } from '../hosts/survey.ts';
import type { Site, SiteNode } from '../site/site.ts';
import type { BundleNeed, NodeSubject, SiteSubject } from './check.ts';
import { checkTable } from './check-table.ts';
import { awaitsEtcdDisk, writesPlace } from './etcd-place.ts';
import { readPeers, readWrites } from './probes.ts';
import { readBmc } from './read-bmc.ts';
import { readClock } from './read-clock.ts';
import { readOutside } from './read-outside.ts';

export interface LookOptions {
  readonly site: Site;
  readonly need: BundleNeed | undefined;
  readonly host: (name: string) => HostView;
  /** How to look at a host by itself; default: as any host can be looked at. */
  readonly survey?: ((name: string) => Promise<Survey>) | undefined;
  /** For how many seconds at most to measure writes on a host, which costs it a few megabytes; 0 leaves it out. */
  readonly writeSeconds: (node: SiteNode, ours: boolean) => number;
  readonly onHost?: (done: number, total: number) => void;
}

/** Looks at all hosts side by side. Nothing is changed; a host that cannot be talked to is kept with its error. */
export async function lookAtSite(options: LookOptions): Promise<SiteSubject> {
  const { site, host, onHost } = options;
  const catalogue = await loadCatalogue(site.directory);
  const overrides = await loadOverrides(site, catalogue);
  const recognise = (survey: Survey): ModelMatch => matchModel(survey, catalogue, overrides);
  let done = 0;
  const outcomes = await settleParallel(site.nodes, hostsAtOnce, async (node) => {
    const subject = await lookAtNode(options, node, host(node.name), recognise).finally(() => {
      done += 1;
      onHost?.(done, site.nodes.length);
    });
    return subject;
  });
  return {
    site,
    nodes: outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : [])),
    unreached: outcomes.flatMap((outcome, index) =>
      outcome.status === 'rejected' ? [{ node: site.nodes[index]?.name ?? '', error: outcome.reason }] : [],
    ),
    installerNetworks: ownNetworks(),
    credentialsMode: (await stat(join(site.directory, 'credentials.json')).catch(() => undefined))?.mode,
    frozen: await frozenOf(site),
    now: new Date(),
    knownChecks: checkTable.filter(({ never }) => never === undefined).map(({ id }) => id),
  };
}

async function lookAtNode(
  { site, need, writeSeconds, survey: look }: LookOptions,
  node: SiteNode,
  host: HostView,
  recognise: (survey: Survey) => ModelMatch,
): Promise<NodeSubject> {
  const survey = await (look?.(node.name) ?? surveyHost(host));
  const ours = survey.facts.siteMarker === site.name;
  const [clock, peers, outside, bmc] = await Promise.all([
    readClock(host, survey.facts),
    readPeers(host, node, site, nodeLink(survey, node.address)?.mtu),
    readOutside(host, site, survey),
    readBmc(host, node),
  ]);
  // By itself: whatever else runs at the same time would be measured with it.
  const seconds = awaitsEtcdDisk(node, survey) ? 0 : writeSeconds(node, ours);
  const writes = seconds > 0 ? await readWrites(host, writesPlace(node), seconds) : undefined;
  return { site, node, survey, match: recognise(survey), need, ours, clock, peers, outside, bmc, writes };
}

async function frozenOf(site: Site): Promise<SiteSubject['frozen']> {
  try {
    const statement = await readFrozenReport(site);
    return statement === undefined ? undefined : { report: statement.payload };
  } catch (error) {
    if (isPerimeterError(error)) return { problem: error.message };
    throw error;
  }
}

function ownNetworks(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((of) =>
    (of ?? []).flatMap(({ cidr, family, internal }) =>
      cidr !== null && family === 'IPv4' && !internal ? [cidr] : [],
    ),
  );
}
