import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { buildBundle } from '../../../installer/bundle/build-bundle.ts';
import { comparison, paired, type Section } from './section.ts';

const main = `package main

import (
	"encoding/json"
	"fmt"
	"net/http"
)

func main() {
	http.HandleFunc("/", func(answer http.ResponseWriter, request *http.Request) {
		_ = json.NewEncoder(answer).Encode(map[string]string{"path": request.URL.Path})
	})
	fmt.Println(http.ListenAndServe("127.0.0.1:0", nil))
}
`;
const recipe = `kind: go
sets: [core]
licence: Apache-2.0
version: v1.0.0
modules:
  - local: .
    binaries: [{package: ., path: /usr/local/bin/serve}]
image: {user: "65532:65532", entrypoint: [/usr/local/bin/serve]}
`;
const flags = ['-trimpath', '-buildvcs=false', '-v', '-ldflags', '-s -w'];

/** What a person would type, with a cache of the run's own. */
async function bare(source: string, folder: string, run: number): Promise<void> {
  const own = { GOCACHE: join(folder, `bare-${run}`), CGO_ENABLED: '0', GOFLAGS: '-mod=readonly' };
  const env = { ...process.env, ...own, GOTOOLCHAIN: 'local', GOAMD64: 'v1' };
  const argv = ['-n', '10', 'go', 'build', ...flags, '-o', join(folder, 'serve'), '.'];
  await promisify(execFile)('nice', argv, { cwd: source, env });
}

/**
 * From recipe to signed bundle, with everything in between, against the bare compiler on the same source: nothing compiled before
 * in either. And once more with nothing changed.
 */
export const build: Section = async (options) => {
  const { folder } = options;
  const recipes = join(folder, 'images');
  const source = join(recipes, 'serve');
  await mkdir(source, { recursive: true });
  await writeFile(join(source, 'source.yaml'), recipe);
  await writeFile(join(source, 'go.mod'), 'module example.org/serve\n\ngo 1.24\n');
  await writeFile(join(source, 'main.go'), main);
  const home = (run: number): string => join(folder, `cache-${run}`);
  const bundle = async (run: number): Promise<void> => {
    // Everything that is kept between builds lies below this folder, the compiler's cache too.
    process.env['XDG_CACHE_HOME'] = home(run);
    await buildBundle({
      recipesDirectory: recipes,
      lockFile: join(folder, 'images.lock'),
      keysDirectory: join(folder, 'keys'),
      cacheRoot: join(home(run), 'artifacts'),
      out: join(folder, `bundle-${run}.tar`),
    });
  };
  const before = process.env['XDG_CACHE_HOME'];
  try {
    const times = await paired(options, 'build', {
      ours: bundle,
      'go build': (run) => bare(source, folder, run),
    });
    const again = await paired(options, 'unchanged', {
      ours: () => bundle(0),
      'go build': () => bare(source, folder, 0),
    });
    return [
      comparison('build', 'one program of the standard library, caches empty', times, { 'go build': 1.05 }),
      comparison('build, unchanged', 'the same once more, caches full', again, { 'go build': 1 }),
    ];
  } finally {
    if (before === undefined) delete process.env['XDG_CACHE_HOME'];
    else process.env['XDG_CACHE_HOME'] = before;
  }
};
