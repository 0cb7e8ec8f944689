import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { execa } from 'execa';
import { load } from 'js-yaml';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { waitFor } from '../../../installer/base/condition.ts';
import { productDirectory } from '../../../installer/base/files.ts';
import type { KubeObject } from '../../../installer/kube/kube.ts';
import { openKube } from '../../../installer/kube/kube-client.ts';
import { applicationFiles } from '../../../installer/parts/applications/application-files.ts';
import { sampleSite } from '../../support/sample-site.ts';
import { type RealApiServer, startRealApiServer } from '../kube/real-api-server.ts';
import { compiledProgram } from '../parts/real-service.ts';

const programs = {
  etcd: await compiledProgram('etcd', '/usr/local/bin/etcd'),
  apiServer: await compiledProgram('kube-apiserver', '/usr/local/bin/kube-apiserver'),
};
const tools = {
  helm: await compiledProgram('ci-tools', '/usr/local/bin/helm'),
  kustomize: await compiledProgram('ci-tools', '/usr/local/bin/kustomize'),
  kubeconform: await compiledProgram('ci-tools', '/usr/local/bin/kubeconform'),
};
const ready = [...Object.values(programs), ...Object.values(tools)].every((path) => path !== undefined);
const script = (name: string): string => productDirectory('charts', 'ci', 'files', `${name}.sh`);

/** The kind of External Secrets that the sample application uses, with the fields it uses. */
const externalSecrets = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'externalsecrets.external-secrets.io' },
  spec: {
    group: 'external-secrets.io',
    scope: 'Namespaced',
    names: {
      kind: 'ExternalSecret',
      listKind: 'ExternalSecretList',
      plural: 'externalsecrets',
      singular: 'externalsecret',
    },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        },
      },
    ],
  },
} satisfies KubeObject;

describe.skipIf(!ready)('what CI finds in the repository of the applications', () => {
  let server: RealApiServer;
  let shared: string;
  let work: string;

  beforeAll(async () => {
    server = await startRealApiServer(
      { etcd: programs.etcd ?? '', apiServer: programs.apiServer ?? '' },
      '127.77.64.53',
    );
    const kube = openKube(server.site, server.credentials);
    await kube.apply(externalSecrets);
    await kube.apply({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'check', namespace: 'default' },
    });
    const token = await kube.serviceAccountToken('default', 'check', { ttlSeconds: 600 });
    await kube.close();
    shared = await mkdtemp(join(tmpdir(), 'perimeter-ci-'));
    await writeFile(join(shared, 'ca.crt'), server.credentials.get('ca.certificate') ?? '');
    await writeFile(join(shared, 'token'), token, { mode: 0o600 });
    for (const [name, path] of Object.entries(tools)) await symlink(path ?? '', join(shared, name));
    await waitFor({
      description: 'the API describes the kind of secrets too',
      timeoutMs: 30_000,
      intervalMs: 200,
      probe: async () => {
        const header = `Authorization: Bearer ${token}`;
        const args = ['--silent', '--cacert', join(shared, 'ca.crt'), '--header', '@-'];
        const { stdout } = await execa('curl', [...args, `${server.url}/openapi/v3`], { input: header });
        return stdout.includes('apis/external-secrets.io/v1') || undefined;
      },
    });
  }, 120_000);
  afterAll(async () => {
    await server?.remove();
    await rm(shared, { recursive: true, force: true });
  });
  beforeEach(async () => {
    work = await mkdtemp(join(tmpdir(), 'perimeter-ci-work-'));
    const files = await applicationFiles(sampleSite(), {
      artifact: () => ({ digest: `sha256:${'c'.repeat(64)}` }),
    } as never);
    for (const [path, text] of files) await put(path, text);
  });
  afterEach(() => rm(work, { recursive: true, force: true }));

  const put = async (path: string, text: string): Promise<void> => {
    const file = join(work, 'source', path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    await chmod(file, 0o644);
  };

  /** Runs the steps as the task does; the first that fails ends it. What the author is told comes back. */
  const check = async (repository = 'platform/apps'): Promise<{ green: boolean; found: string }> => {
    const values = load(await readFile(productDirectory('charts', 'ci', 'values.yaml'), 'utf8')) as {
      applicationKinds: string[];
    };
    const at = (name: string): string => join(work, name);
    const env = {
      PATH: `${shared}:${process.env['PATH'] ?? ''}`,
      HOME: work,
      SOURCE: at('source'),
      OBJECTS: at('objects.json'),
      RENDERED: at('rendered'),
      SCHEMAS: at('schemas'),
      SCRATCH: at('scratch'),
      SUMMARY: at('summary'),
      API: server.url,
      API_FILES: shared,
      REPOSITORY: repository,
      APPLICATIONS: 'platform/apps',
      REGISTRY: 'registry.test.internal:30500',
      KINDS: values.applicationKinds.join(' '),
    };
    for (const step of ['render', 'schemas', 'check']) {
      const ended = await execa('bash', [script(step)], { env, reject: false, extendEnv: false });
      if (ended.exitCode !== 0) return { green: false, found: await readFile(at('summary'), 'utf8') };
    }
    return { green: true, found: await readFile(at('summary'), 'utf8') };
  };

  it('nothing wrong with what the installer writes', async () => {
    expect(await check()).toEqual({ green: true, found: '30 objects are as they should be\n' });
  }, 60_000);

  it('an image by tag, or from elsewhere', async () => {
    const overlay = 'sample-app/overlays/dev/kustomization.yaml';
    const text = await readFile(join(work, 'source', overlay), 'utf8');
    await put(overlay, text.replace(/digest: .*/, 'newTag: v2'));
    const found = await check();
    expect(found.green).toBe(false);
    expect(found.found).toContain('sample-app:v2 is not given by digest from registry.test.internal:30500');
    await put(overlay, text.replace('registry.test.internal:30500', 'registry.elsewhere.invalid'));
    expect((await check()).found).toContain('registry.elsewhere.invalid');
  }, 60_000);

  it('a field that the cluster does not know, and a value of the wrong type', async () => {
    const base = 'sample-app/base/deployment.yaml';
    const text = await readFile(join(work, 'source', base), 'utf8');
    await put(base, text.replace('replicas: 1', 'replicaz: 1'));
    expect((await check()).found).toMatch(/Deployment sample-app: .*replicaz/);
    await put(base, text.replace('containerPort: 8080', 'containerPort: eighty'));
    expect((await check()).found).toMatch(/Deployment sample-app: .*containerPort/);
  }, 60_000);

  it('a kind that the cluster does not serve, and one that applications may not hold', async () => {
    const list = 'environments/dev/kustomization.yaml';
    const text = await readFile(join(work, 'source', list), 'utf8');
    await put(list, text.replace('resources:\n', 'resources:\n  - more.yaml\n'));
    await put('environments/dev/more.yaml', 'apiVersion: apps/v9\nkind: Deployment\nmetadata: {name: x}\n');
    expect((await check()).found).toContain('this cluster does not serve apps/v9');
    const role = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'x' },
      rules: [],
    };
    await put('environments/dev/more.yaml', JSON.stringify(role));
    expect((await check()).found).toContain('ClusterRole x is not a kind that applications may hold');
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' }, stringData: { a: 'b' } };
    await put('environments/dev/more.yaml', JSON.stringify(secret));
    expect((await check()).found).toContain('Secret x is not a kind that applications may hold');
  }, 60_000);

  it('YAML that is none, a base from outside, and a repository that declares nothing', async () => {
    const list = 'environments/dev/kustomization.yaml';
    await put(list, 'resources: [\n');
    expect((await check()).found).toContain('kustomize build environments/dev');
    await put(list, 'resources: [../../../../outside]\n');
    expect((await check()).green).toBe(false);
    await rm(join(work, 'source'), { recursive: true });
    await put('README.md', 'nothing here\n');
    expect((await check()).found).toContain('The repository holds no kustomization');
  }, 60_000);

  it('a Helm release whose chart is not in the repository', async () => {
    const release = {
      apiVersion: 'helm.toolkit.fluxcd.io/v2',
      kind: 'HelmRelease',
      metadata: { name: 'x' },
      spec: { chart: { spec: { chart: '../elsewhere' } } },
    };
    await put('environments/dev/kustomization.yaml', 'resources: [release.yaml]\n');
    await put('environments/dev/release.yaml', JSON.stringify(release));
    expect((await check('platform/platform')).found).toContain(
      'chart ../elsewhere is not a folder of charts/',
    );
  }, 60_000);
});
