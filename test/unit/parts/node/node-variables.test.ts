import { expect, it } from 'vitest';
import { PerimeterError } from '../../../../installer/base/errors.ts';
import { nodeVariables } from '../../../../installer/parts/node/node-variables.ts';
import { renderText } from '../../../../installer/playbook/render.ts';
import type { SiteNode } from '../../../../installer/site/site.ts';
import { memoryWorld } from '../../phases/memory-world.ts';

it('what the bundle lacks is no variable: only a playbook that names it fails, and says what is missing', async () => {
  const { setup } = await memoryWorld(1);
  const refuse = (name: string): never => {
    throw new PerimeterError('E_BUNDLE_DAMAGED', { message: `holds no artifact "${name}"`, hint: 'none' });
  };
  const bundle = { ...setup.bundle, artifacts: [], has: () => false, artifact: refuse };
  const sight = { ...setup, bundle, host: (name: string) => setup.hosts.hands(name) };
  const variables = await nodeVariables(setup.site.nodes[0] as SiteNode, sight);
  expect([variables['images'], variables['artifacts']]).toEqual([{}, {}]);
  expect(renderText('{{node.name}}', variables)).toBe('n1');
  expect(() => renderText('sandbox = {{images.pause}}', variables)).toThrow(
    'there is no variable images.pause: the bundle holds no pause (line 1 of the text)',
  );
});
