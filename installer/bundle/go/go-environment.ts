import { cacheDirectory } from '../../base/files.ts';
import type { GoModule } from '../recipe/schema.ts';

/**
 * Everything that could leave a trace of this machine in a program is fixed; only the caches' places are the machine's own.
 * `goCache` is another folder than the person's for what was compiled before.
 */
export function goEnvironment(
  module: Pick<GoModule, 'cgo' | 'env'>,
  goCache = cacheDirectory('go-build'),
): Record<string, string> {
  return {
    GOTOOLCHAIN: 'local',
    GOWORK: 'off',
    GOFLAGS: '-mod=readonly',
    GOOS: 'linux',
    GOARCH: 'amd64',
    GOAMD64: 'v1',
    GOEXPERIMENT: '',
    GODEBUG: '',
    CGO_ENABLED: module.cgo === true ? '1' : '0',
    ...module.env,
    GOCACHE: goCache,
    GOMODCACHE: cacheDirectory('go-mod'),
  };
}
