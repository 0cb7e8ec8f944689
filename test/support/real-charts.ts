import { beforeAll, describe, expect, it } from 'vitest';
import { closureOf, proveClosure } from '../../installer/actions/prove-closure.ts';
import { silentEvents } from '../../installer/base/events.ts';
import { type LastBuilt, lastBuilt } from './last-built.ts';

/**
 * The proof of closure over the product's own charts and settings, rendered by the real helm and kubeadm. Where the artifacts were
 * not made it is skipped, unless it is required.
 */
export async function describeRealCharts({ isRequired }: { readonly isRequired: boolean }): Promise<void> {
  const isLacking = (await lastBuilt()).lacking.length > 0;
  describe.skipIf(isLacking && !isRequired)(
    'everything that a site runs, from the artifacts as last made',
    () => {
      let built: LastBuilt;
      beforeAll(async () => {
        built = await lastBuilt();
      });

      it('was all made on this machine', () => {
        expect(built.lacking, 'npm run perimeter -- bundle build').toEqual([]);
      });

      it('refers only to images of the bundle, and nothing else is taken for an image', async () => {
        const bundle = built.bundle();
        const report = await closureOf(bundle);
        expect(report.missing).toEqual([]);
        expect(report.unused).toEqual([]);
        expect(report.files).toBeGreaterThan(150);
        expect(report.artifacts).toEqual(
          expect.arrayContaining([
            'coredns',
            'etcd',
            'kube-apiserver',
            'pause',
            'sample-app',
            'tekton-entrypoint',
            'toolbox',
          ]),
        );
        await proveClosure(bundle, silentEvents);
      });

      it('is refused with file and path when an image is missing, wherever it is named', async () => {
        const bundle = built.bundle(['toolbox', 'etcd', 'pause', 'tekton-entrypoint']);
        await expect(proveClosure(bundle, silentEvents)).rejects.toMatchObject({
          code: 'E_CLOSURE',
          findings: expect.arrayContaining([
            // In a pod inside a text, in an argument, in a static pod's patch, in kubeadm's own list, in containerd's settings.
            expect.stringMatching(
              /charts\/local-path-provisioner\/templates\/config\.yaml: ConfigMap .*\(text\).*"toolbox"/,
            ),
            expect.stringMatching(
              /charts\/tekton-pipelines\/.*Deployment .*\/args\/\d+: .*"tekton-entrypoint"/,
            ),
            expect.stringMatching(/^profile compact, .*etcd\+strategic\.yaml: .*"etcd"/),
            expect.stringMatching(/^kubeadm config images list: .*"etcd"/),
            expect.stringMatching(/^playbooks\/templates\/containerd\.toml\.hbs: .*"pause"/),
          ]),
        });
      });

      it('cannot be proved without helm, and says which set has it', async () => {
        await expect(closureOf(built.bundle(['helm']))).rejects.toMatchObject({
          code: 'E_CLOSURE',
          hint: expect.stringContaining('--set core'),
        });
      });
    },
  );
}
