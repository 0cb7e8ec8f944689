import { expect, it } from 'vitest';
import { nodesNamed } from '../../../installer/cli/nodes-named.ts';
import { parseCommand } from '../../../installer/cli/parse-command.ts';
import { playbookVerb } from '../../../installer/cli/playbook.ts';
import type { Site } from '../../../installer/site/site.ts';

const site = { nodes: ['n1', 'n2', 'n3'].map((name) => ({ name })) } as unknown as Site;
const named = (...words: readonly string[]): readonly string[] => {
  const { options } = parseCommand(playbookVerb, ['run', 'site/try', ...words]);
  return nodesNamed(site, options['limit'] as readonly string[]).map(({ name }) => name);
};

it('a playbook is run on every node, unless it is limited to some', () => {
  expect(named()).toEqual(['n1', 'n2', 'n3']);
  expect(named('--limit', 'n3', '--limit', 'n1')).toEqual(['n1', 'n3']);
  expect(() => named('--limit', 'n4')).toThrow(/no node n4/);
});
