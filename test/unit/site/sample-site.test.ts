import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadSite } from '../../../installer/site/load-site.ts';
import { writeSampleSite } from '../../../installer/site/sample-site.ts';
import { samplePublicKey } from '../../fixtures/public-key.ts';
import { hostKey, siteFolder } from './site-folder.ts';

const bundleKey = samplePublicKey();
const noFiles = { 'site.yaml': null, 'inventory.yaml': null };

function hosts(directory: string, count = 3, firstKey = 1): Parameters<typeof writeSampleSite>[1] {
  const numbers = Array.from({ length: count }, (_, index) => index);
  return {
    name: 'try',
    subnetCidr: '172.30.9.0/24',
    keyFile: join(directory, 'key'),
    bundleKey,
    hosts: numbers.map((index) => ({
      name: `n${index + 1}`,
      address: `172.30.9.${11 + index}`,
      hostKey: `${hostKey(firstKey + index)} root@n${index + 1}`,
    })),
  };
}

test('a sample is a site that can be loaded', async () => {
  const directory = await siteFolder(noFiles);
  expect(await writeSampleSite(directory, hosts(directory))).toEqual({
    written: ['site.yaml', 'inventory.yaml'],
    kept: [],
  });
  const site = await loadSite(directory);
  expect(site).toMatchObject({ name: 'try', domain: 'try.perimeter.internal' });
  expect(site.trust).toEqual({ bundleKeys: [{ name: 'builder', publicKey: bundleKey }], importerKeys: [] });
  expect(site.nodes.map((node) => node.ssh.hostKey)).toEqual([hostKey(1), hostKey(2), hostKey(3)]);
});

test('one host is a site too', async () => {
  const directory = await siteFolder(noFiles);
  await writeSampleSite(directory, hosts(directory, 1));
  expect((await loadSite(directory)).nodes).toHaveLength(1);
});

test('written again for the same hosts, nothing changes', async () => {
  const directory = await siteFolder(noFiles);
  await writeSampleSite(directory, hosts(directory));
  expect(await writeSampleSite(directory, hosts(directory))).toEqual({ written: [], kept: [] });
});

test('new hosts replace what nobody edited', async () => {
  const directory = await siteFolder(noFiles);
  await writeSampleSite(directory, hosts(directory));
  expect(await writeSampleSite(directory, hosts(directory, 3, 7))).toEqual({
    written: ['inventory.yaml'],
    kept: [],
  });
  expect((await loadSite(directory)).nodes[0]?.ssh.hostKey).toBe(hostKey(7));
});

test('a file that somebody edited is never touched again', async () => {
  const directory = await siteFolder(noFiles);
  await writeSampleSite(directory, hosts(directory));
  await appendFile(join(directory, 'inventory.yaml'), '# my own remark\n');
  const before = await readFile(join(directory, 'inventory.yaml'), 'utf8');
  for (let run = 0; run < 2; run += 1) {
    expect(await writeSampleSite(directory, hosts(directory, 3, 7))).toEqual({
      written: [],
      kept: ['inventory.yaml'],
    });
    expect(await readFile(join(directory, 'inventory.yaml'), 'utf8')).toBe(before);
  }
});

test('a file that was there before the first sample is kept', async () => {
  const directory = await siteFolder(noFiles);
  await writeFile(join(directory, 'site.yaml'), 'name: mine\n');
  const { kept } = await writeSampleSite(directory, hosts(directory));
  expect(kept).toEqual(['site.yaml']);
  expect(await readFile(join(directory, 'site.yaml'), 'utf8')).toBe('name: mine\n');
});
