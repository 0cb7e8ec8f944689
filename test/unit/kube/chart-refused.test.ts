import { expect, it } from 'vitest';
import { renderRelease } from '../../../installer/kube/chart.ts';
import { smallWorkshop } from '../../fixtures/small-bundle.ts';

const files = (path: string): string =>
  `kind: files\nsets: [core]\nlicence: Apache-2.0\nversion: v1.2.3\nfiles: [{from: content, path: ${path}, mode: "0755"}]\n`;

it("raises E_CHART with helm's own words when a chart cannot be rendered", async () => {
  await using workshop = await smallWorkshop();
  await workshop.write('helm/source.yaml', files('/usr/local/bin/helm'));
  await workshop.write('helm/content', '#!/bin/sh\necho "nil pointer evaluating .Values.site" >&2\nexit 1\n');
  await workshop.write('chart-broken/source.yaml', files('/broken/Chart.yaml'));
  await workshop.write('chart-broken/content', 'name: broken\n');
  const { file } = await workshop.build();
  const bundle = await workshop.open(file);
  try {
    const rendering = renderRelease(bundle, {
      name: 'broken',
      namespace: 'unit',
      chart: 'chart-broken',
      values: {},
    });
    await expect(rendering).rejects.toMatchObject({ code: 'E_CHART' });
    await expect(rendering).rejects.toThrow(/nil pointer evaluating .Values.site/);
  } finally {
    await bundle.close();
  }
});
