import { waitFor } from '../base/condition.ts';
import type { ApiPaths } from './api-paths.ts';
import { readinessOf } from './health.ts';
import type { KubeObject, KubeView } from './kube.ts';
import { nameOf, referenceOf } from './object-names.ts';

interface DefinitionSpec {
  readonly group: string;
  readonly names: { readonly kind: string };
  readonly versions: readonly { readonly name: string; readonly served: boolean }[];
}

/** Waits until objects of a CustomResourceDefinition can be made: established, and in the discovery of the API server. */
export async function waitServed(kube: KubeView, paths: ApiPaths, definition: KubeObject): Promise<void> {
  const { group, names, versions } = definition['spec'] as DefinitionSpec;
  const served = versions.filter((version) => version.served);
  await waitFor({
    description: `${nameOf(referenceOf(definition))} is served`,
    timeoutMs: 30_000,
    intervalMs: 200,
    probe: async (report) => {
      const live = await kube.get(referenceOf(definition));
      const readiness = live === undefined ? undefined : readinessOf(live);
      if (readiness?.ready !== true) {
        report(readiness?.reason ?? 'it is not there');
        return undefined;
      }
      for (const version of served) {
        if ((await paths.kindOf(`${group}/${version.name}`, names.kind)) === undefined) {
          report(`version ${version.name} is not in discovery`);
          return undefined;
        }
      }
      return true;
    },
  });
}
