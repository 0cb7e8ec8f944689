import { type Tried, tryOut } from '../actions/try.ts';
import { count, formatDuration } from '../base/units.ts';
import { CredentialStore } from '../site/credentials.ts';
import { loadSite } from '../site/load-site.ts';
import { controlPlaneNodes, type Site } from '../site/site.ts';
import { describeAcceptance, exitCodeOf } from './accept.ts';
import { describeResults } from './install.ts';
import { systemsOf, systemsOption } from './systems-option.ts';
import { defineVerb } from './verb.ts';

const introduction = `This runs the main job on this machine: build the bundle, boot lab hosts without a way out, install a GitOps site, prove it.
With everything compiled it takes about 10 to 20 minutes on 2 cores; the first time add 30 to 50 minutes of compiling.
It may be stopped at any moment (Ctrl-C) and run again: it goes on where it was.
`;

export const tryVerb = defineVerb({
  name: 'try',
  summary: 'the main job, whole, in the built-in lab: bundle, hosts, install, acceptance',
  args: [],
  options: {
    name: { type: 'string', value: 'NAME', default: 'try', summary: 'name of the lab and of the site' },
    hosts: { type: 'string', value: 'N', default: '3', choices: ['1', '3'], summary: 'lab hosts: 1 or 3' },
    systems: systemsOption,
    site: { type: 'string', value: 'DIR', summary: 'the site folder; default: site/NAME in the checkout' },
  },
  examples: [
    { command: 'npm run try', does: 'three hosts, everything left running to look at' },
    { command: 'npm run lab -- down', does: 'takes the hosts down again' },
  ],
  async run({ options, events, signal, show, journalLiesAt }) {
    await show(introduction);
    const tried = await tryOut({
      name: options.name,
      hosts: Number(options.hosts),
      systems: options.systems === undefined ? undefined : systemsOf(options.systems),
      siteDirectory: options.site,
      events,
      signal,
      journalLiesAt,
      showPlan: show,
    });
    const site = await loadSite(tried.siteDirectory);
    const credentials = await CredentialStore.open(site.directory);
    return {
      text: summaryOf(tried, site, credentials.path),
      exitCode: tried.egress.packets > 0 ? 1 : exitCodeOf(tried.acceptance),
      data: {
        ...tried.acceptance.suite.counts,
        siteDirectory: site.directory,
        report: tried.acceptance.report.directory,
        egressPackets: tried.egress.packets,
      },
    };
  },
});

function summaryOf(tried: Tried, site: Site, credentialsPath: string): string {
  const url = (endpoint: { host: string; port: number }): string =>
    `https://${endpoint.host}:${endpoint.port}`;
  const [first] = controlPlaneNodes(site);
  const lines = [
    describeResults(tried.phases),
    describeAcceptance(tried.acceptance),
    `What runs where`,
    ...site.nodes.map((node) => `  ${node.name}  ${node.address}  ${node.roles.join(', ')}`),
    `  registry  ${url(site.endpoints.registry)}`,
    `  Git       ${url(site.endpoints.git)}   people: ${site.people.map((person) => person.login).join(', ')}`,
    `  secrets   ${url(site.endpoints.secrets)}`,
    `  (these names are known on the hosts and in pods; from this machine use a host's address)`,
    `Credentials   ${credentialsPath} (readable by root only)`,
    `Report        ${tried.acceptance.report.html}`,
    `Time          ${tried.steps.map(({ title, ms }) => `${title}: ${formatDuration(ms)}`).join('; ')}`,
    `Left the lab  ${count(tried.egress.packets, 'packet')}${tried.egress.packets === 0 ? ', as it must be' : ': THE LAB WAS NOT CLOSED'}`,
    '',
    `Look around   npm run lab -- shell ${first?.name ?? 'n1'}${tried.lab.name === 'try' ? '' : ` --name ${tried.lab.name}`}    then: kubectl get pods -A`,
    `Clean up      npm run lab -- down${tried.lab.name === 'try' ? '' : ` --name ${tried.lab.name}`}`,
  ];
  return `${lines.join('\n')}\n`;
}
