import type { OpenBundle } from '../../../installer/bundle/bundle.ts';
import type { KubeObject } from '../../../installer/kube/kube.ts';
import { declaredReleases } from '../../../installer/phases/platform-releases.ts';
import type { Site } from '../../../installer/site/site.ts';
import { chartBundle } from '../../fixtures/chart-bundle.ts';

const stateful = ['gitea', 'registry', 'vault'];

/** A bundle with every chart and image that a site asks for; each chart has a workload, its service and what other phases look for. */
export async function siteBundle(site: Site): Promise<OpenBundle> {
  const releases = declaredReleases(site).map(({ release }) => release);
  const charts = new Set(releases.map(({ chart }) => chart.replace(/^chart-/, '')));
  const images = new Set(releases.flatMap((release) => release.images));
  return await chartBundle({
    charts: Object.fromEntries([...charts].map((name) => [name, objectsOf(name)])),
    images: [...images, 'sample-app'],
  });
}

/** As little as there can be to send to nodes: a runtime for the agent, a program, an image of the boot set and another. */
export async function nodeBundle(): Promise<OpenBundle> {
  return await chartBundle({
    charts: {},
    images: ['pause'],
    otherImages: ['sample-app'],
    files: {
      'node-runtime': { '/usr/local/lib/perimeter/node': 'runtime' },
      'node-tools': { '/usr/local/bin/tool': 'tool' },
    },
  });
}

function objectsOf(name: string): KubeObject[] {
  const kind = stateful.includes(name) ? 'StatefulSet' : 'Deployment';
  const account = name === 'vault' ? 'perimeter-installer' : name;
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: account } },
    { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { ports: [{ port: 1 }] } },
    { apiVersion: 'apps/v1', kind, metadata: { name }, spec: { replicas: 1 } },
  ];
}
