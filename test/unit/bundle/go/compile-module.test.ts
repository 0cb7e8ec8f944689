import { describe, expect, it } from 'vitest';
import { executableName, moduleDirectory } from '../../../../installer/bundle/go/compile-module.ts';
import { goEnvironment } from '../../../../installer/bundle/go/go-environment.ts';

describe('compiling Go', () => {
  it.each([
    ['k8s.io/kubernetes/cmd/kubelet', 'kubelet'],
    ['go.etcd.io/etcd/server/v3', 'server'],
    ['sigs.k8s.io/kustomize/kustomize/v5', 'kustomize'],
    ['example.org/v2tool', 'v2tool'],
  ])('knows that Go calls %s %s', (path, name) => {
    expect(executableName({ package: path })).toBe(name);
  });

  it('runs where go.mod lies', () => {
    expect(moduleDirectory('/images/a', { directory: '../b' })).toBe('/images/b');
    expect(moduleDirectory('/images/a', { local: '.' })).toBe('/images/a');
    expect(moduleDirectory('/images/a', {})).toBe('/images/a');
  });

  it('lets nothing of the machine in, and lets a recipe add only what is its own', () => {
    const environment = goEnvironment({ cgo: true, env: { GOEXPERIMENT: 'jsonv2', GOCACHE: '/elsewhere' } });
    expect(environment).toMatchObject({
      GOFLAGS: '-mod=readonly',
      GOTOOLCHAIN: 'local',
      GOWORK: 'off',
      CGO_ENABLED: '1',
      GOEXPERIMENT: 'jsonv2',
    });
    expect(environment['GOCACHE']).not.toBe('/elsewhere');
    expect(goEnvironment({})['CGO_ENABLED']).toBe('0');
  });
});
