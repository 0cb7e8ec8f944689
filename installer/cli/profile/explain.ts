import type { JsonValue } from '../../base/json.ts';
import { type ExplainedValue, explainProfile } from '../../site/explain-profile.ts';
import { loadSite } from '../../site/load-site.ts';
import { nodesNamed } from '../nodes-named.ts';
import { siteArgument } from '../site-arguments.ts';
import { defineVerb } from '../verb.ts';

export const profileExplainVerb = defineVerb({
  name: 'profile explain',
  summary: 'every value of a node, and whose word it is: product, site or node; contacts nothing',
  args: [siteArgument, { name: 'NODE', summary: 'the node; default: all of them', optional: true }],
  options: {},
  examples: [
    {
      command: 'perimeter profile explain site/plant n1',
      does: 'each value with file and line, and what it took the place of',
    },
  ],
  async run({ args: [directory = '', name] }) {
    const site = await loadSite(directory);
    const chosen = nodesNamed(site, name === undefined ? [] : [name]);
    const explained = await Promise.all(
      chosen.map(async (node) => ({
        node: node.name,
        profile: node.profile.name,
        values: await explainProfile(site, node),
      })),
    );
    const texts = explained.map(
      ({ node, profile, values }) =>
        `${node} (profile ${profile})\n${values.map(describeValue).join('\n')}\n`,
    );
    return { text: texts.join('\n'), data: { nodes: explained as unknown as JsonValue } };
  },
});

function describeValue({ path, value, origin, instead, sizedBy }: ExplainedValue): string {
  return [
    `  ${path}: ${shown(path, value)}`,
    `      ${origin}`,
    ...instead.map((other) => `      instead of ${shown(path, other.value)}, ${other.origin}`),
    ...(sizedBy === undefined ? [] : [`      sized from the machine: ${sizedBy}`]),
  ].join('\n');
}

function shown(path: string, value: unknown): string {
  if (path === 'minimum.memory' || path === 'minimum.diskFree') return `${String(value)} MiB`;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
