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
import { type Survey, surveyHost } from '../hosts/survey.ts';
import type { Site, SiteNode } from '../site/site.ts';
import type { BundleNeed, NodeSubject, SiteSubject } from './check.ts';
import { checkTable } from './check-table.ts';
import { readClock, readOutside, readPeers, readWrites } from './probes.ts';

/** Connections at the same time: enough for a hundred hosts in a minute, few enough for any machine. */
const hostsAtOnce = 32;

export interface LookOptions {
  readonly site: Site;
  readonly need: BundleNeed | undefined;
  readonly host: (name: string) => HostView;
  /** Also measure writes, which takes up to three seconds and a few megabytes on each host. */
  readonly thorough: boolean;
  readonly onHost?: (done: number, total: number) => void;
}

/** Looks at all hosts side by side. Nothing is changed; a host that cannot be talked to is kept with its error. */
export async function lookAtSite({ site, need, host, thorough, onHost }: LookOptions): Promise<SiteSubject> {
  const catalogue = await loadCatalogue(site.directory);
  const overrides = await loadOverrides(site, catalogue);
  const recognise = (survey: Survey): ModelMatch => matchModel(survey, catalogue, overrides);
  let done = 0;
  const outcomes = await settleParallel(site.nodes, hostsAtOnce, async (node) => {
    const subject = await lookAtNode(site, node, host(node.name), need, thorough, recognise).finally(() => {
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
  site: Site,
  node: SiteNode,
  host: HostView,
  need: BundleNeed | undefined,
  thorough: boolean,
  recognise: (survey: Survey) => ModelMatch,
): Promise<NodeSubject> {
  const survey = await surveyHost(host);
  const [clock, peers, outside] = await Promise.all([
    readClock(host),
    readPeers(host, node, site, nodeLink(survey, node.address)?.mtu),
    readOutside(host, site, survey.facts.routes),
  ]);
  // By itself: whatever else runs at the same time would be measured with it.
  const writes = thorough ? await readWrites(host) : undefined;
  const ours = survey.facts.siteMarker === site.name;
  return { site, node, survey, match: recognise(survey), need, ours, clock, peers, outside, writes };
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
