import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { withSite } from '../../installer/actions/open-site.ts';
import { waitFor } from '../../installer/base/condition.ts';
import { silentEvents } from '../../installer/base/events.ts';
import { killHost, readLab, startHost } from '../../installer/lab/lab.ts';
import { lastWords, runPerimeter } from './perimeter-process.ts';

/**
 * What a finished site must stand: its own checks with every control switched off in turn, and the loss of any one host. Works on
 * the site that is named: PERIMETER_LAB=try PERIMETER_SITE=site/try npm run test:lab -- 30-site
 */
const name = process.env['PERIMETER_LAB'] ?? 'try';
const siteDirectory = process.env['PERIMETER_SITE'] ?? 'site/try';
const minutes = 60_000;

describe('a finished site under fire', () => {
  it(
    'notices every control that is switched off',
    async () => {
      const ended = await runPerimeter(['accept', siteDirectory, '--self-test']);
      const result = ended.lines.find((line) => line.kind === 'result')?.['data'] as {
        outcomes: { id: string; killed: boolean }[];
      };
      expect(
        result?.outcomes.filter((outcome) => !outcome.killed),
        lastWords(ended),
      ).toEqual([]);
      expect(result.outcomes.length).toBeGreaterThanOrEqual(11);
    },
    30 * minutes,
  );

  it.each(['n1', 'n2', 'n3'])(
    'keeps its API when host %s loses power, and the host comes back by itself',
    async (host) => {
      const lab = await readLab(name);
      if (lab === undefined) throw new Error(`lab ${name} is not there`);
      await killHost(lab, host);
      const open = {
        siteDirectory,
        verb: 'test',
        events: silentEvents,
        signal: AbortSignal.timeout(6 * minutes),
        changes: false,
      };
      await withSite(open, async ({ kube, signal }) => {
        const readyNodes = async (): Promise<string[]> => {
          const nodes = await kube.list('v1', 'Node');
          return nodes
            .filter((node) =>
              (node['status'] as { conditions: { type: string; status: string }[] }).conditions.some(
                ({ type, status }) => type === 'Ready' && status === 'True',
              ),
            )
            .map((node) => node.metadata.name);
        };
        await waitFor({
          description: `the API answers without ${host}`,
          timeoutMs: 60_000,
          signal,
          probe: async () => ((await kube.list('v1', 'Node')).length === 3 ? true : undefined),
        });
        const apply = {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: `written-without-${host}`, namespace: 'default' },
          data: { at: new Date().toISOString() },
        };
        await waitFor({
          description: `the API takes a write without ${host}`,
          timeoutMs: 60_000,
          signal,
          probe: async () => ((await kube.apply(apply)) === undefined ? undefined : true),
        });
        await kube.delete({
          apiVersion: 'v1',
          kind: 'ConfigMap',
          namespace: 'default',
          name: apply.metadata.name,
        });
        await startHost(lab, host);
        await waitFor({
          description: `${host} is Ready again`,
          timeoutMs: 5 * minutes,
          signal,
          probe: async () => ((await readyNodes()).length === 3 ? true : undefined),
        });
      });
    },
    10 * minutes,
  );
});
