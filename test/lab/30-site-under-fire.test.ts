import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { waitFor } from '../../installer/base/condition.ts';
import { killHost, type Lab, readLab, startHost } from '../../installer/lab/lab.ts';
import { onHost } from './on-host.ts';
import { lastWords, runPerimeter } from './perimeter-process.ts';

/**
 * What a finished site must stand: its own checks with every control switched off in turn, and the loss of any one host. Works on
 * the site that is named: PERIMETER_LAB=try PERIMETER_SITE=site/try npm run test:lab -- 30-site
 */
const name = process.env['PERIMETER_LAB'] ?? 'try';
const siteDirectory = process.env['PERIMETER_SITE'] ?? 'site/try';
const minutes = 60_000;

/** kubectl as an administrator uses it on a node: by the node's own endpoint of the API. */
function kubectl(lab: Lab, host: string, argv: string): Promise<string> {
  return onHost(lab, host, `KUBECONFIG=/etc/kubernetes/admin.conf kubectl --request-timeout=10s ${argv}`);
}

async function theLab(): Promise<Lab> {
  const found = await readLab(name);
  if (found === undefined) throw new Error(`lab ${name} is not there`);
  return found;
}

describe('a finished site under fire', () => {
  it(
    'notices every control that is switched off',
    async () => {
      const ended = await runPerimeter(['accept', siteDirectory, '--self-test']);
      const result = ended.lines.find((line) => line.kind === 'result')?.['data'] as
        | { outcomes: { id: string; killed: boolean }[] }
        | undefined;
      expect(
        result?.outcomes.filter((outcome) => !outcome.killed),
        lastWords(ended),
      ).toEqual([]);
      expect(result?.outcomes.length).toBeGreaterThanOrEqual(11);
    },
    30 * minutes,
  );

  it.each(['n1', 'n2', 'n3'])(
    'keeps its API on every other node while host %s is without power',
    async (lost) => {
      const site = await theLab();
      const left = site.hosts.map((host) => host.name).filter((host) => host !== lost);
      await killHost(site, lost);
      try {
        for (const host of left) {
          const configMap = `written-without-${lost}-by-${host}`;
          await waitFor({
            description: `${host} can write without ${lost}`,
            timeoutMs: minutes,
            probe: async () => kubectl(site, host, `create configmap ${configMap}`),
          });
          expect(await kubectl(site, host, 'get nodes --no-headers')).toMatch(/n1[^]*n2[^]*n3/);
          await kubectl(site, host, `delete configmap ${configMap}`);
        }
      } finally {
        await startHost(site, lost);
      }
      await waitFor({
        description: `${lost} is a Ready node again`,
        timeoutMs: 5 * minutes,
        intervalMs: 2000,
        probe: async () => {
          const nodes = (await kubectl(site, left[0] ?? lost, 'get nodes --no-headers')).split('\n');
          return nodes.filter((line) => /\sReady\s/.test(line)).length === 3 ? true : undefined;
        },
      });
    },
    10 * minutes,
  );

  it(
    'is as declared again, by itself',
    async () => {
      await waitFor({
        description: 'the plan is empty',
        timeoutMs: 8 * minutes,
        intervalMs: 5000,
        probe: async (report) => {
          const ended = await runPerimeter(['plan', siteDirectory, '--check']);
          report(lastWords(ended));
          return ended.exitCode === 0 ? true : undefined;
        },
      });
    },
    10 * minutes,
  );

  it(
    'still heals drift and delivers secrets',
    async () => {
      const ended = await runPerimeter(['accept', siteDirectory, '--check', 'DRF-01', '--check', 'SEC-06']);
      expect(ended.exitCode, lastWords(ended)).toBe(0);
    },
    10 * minutes,
  );
});
