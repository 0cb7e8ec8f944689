import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Events } from '../../../installer/base/events.ts';
import { extractFiles } from '../../../installer/bundle/extract-files.ts';
import { smallWorkshop } from '../../fixtures/small-bundle.ts';

const recipe = `kind: go
sets: [core]
licence: Apache-2.0
version: v1.0.0
modules:
  - local: .
    ldflags: ['-s', '-w', '-X main.version=v1.0.0']
    binaries:
      - {package: ./cmd/one, path: /usr/local/bin/one}
      - {package: ./cmd/two, path: /usr/local/bin/two}
    files: [{from: data, path: /usr/share/data}]
`;
const program = (name: string): string => `package main

import "fmt"

var version = "none"

func main() { fmt.Println("${name}", version) }
`;

async function goWorkshop() {
  const workshop = await smallWorkshop();
  await workshop.write('program/source.yaml', recipe);
  await workshop.write('program/go.mod', 'module example.org/program\n\ngo 1.24\n');
  await workshop.write('program/cmd/one/main.go', program('one'));
  await workshop.write('program/cmd/two/main.go', program('two'));
  await workshop.write('program/data/text', 'a file of the module');
  return workshop;
}

describe('programs compiled with the real Go', () => {
  it('run, and are the same bytes from another folder', async () => {
    await using one = await goWorkshop();
    await using other = await goWorkshop();
    const [left, right] = [
      await one.build({ names: ['program'] }),
      await other.build({ names: ['program'] }),
    ];
    expect(left.artifacts[0]?.digest).toBe(right.artifacts[0]?.digest);
    const bundle = await one.open(left.file);
    const folder = await extractFiles(bundle, 'program', join(one.folder, 'unpacked'));
    await bundle.close();
    const say = (name: string): string => String(execFileSync(join(folder, 'usr/local/bin', name))).trim();
    expect([say('one'), say('two')]).toEqual(['one v1.0.0', 'two v1.0.0']);
    expect(String(execFileSync('cat', [join(folder, 'usr/share/data/text')]))).toBe('a file of the module');
    expect(String(execFileSync('strings', [join(folder, 'usr/local/bin/one')]))).not.toContain(one.folder);
  });

  it('that do not compile fail with the words of the compiler, and the others are made', async () => {
    await using workshop = await goWorkshop();
    await workshop.write('program/cmd/two/main.go', 'package main\n\nfunc main() { missing() }\n');
    await expect(workshop.build()).rejects.toMatchObject({
      code: 'E_BUILD_FAILED',
      message: expect.stringContaining('Artifact program: "nice -n 10 go build'),
      findings: expect.arrayContaining([expect.stringContaining('undefined: missing')]),
    });
    const built = await workshop.build({ sets: ['extra'] });
    expect(built.artifacts.map((artifact) => artifact.name)).toEqual(['data', 'web']);
  });

  it('that ask for a module which go.sum does not prove are refused', async () => {
    await using workshop = await goWorkshop();
    await workshop.write(
      'program/go.mod',
      'module example.org/program\n\ngo 1.24\n\nrequire golang.org/x/text v0.14.0\n',
    );
    await workshop.write(
      'program/cmd/two/main.go',
      'package main\n\nimport _ "golang.org/x/text/language"\n\nfunc main() {}\n',
    );
    await expect(workshop.build({ names: ['program'] })).rejects.toMatchObject({
      code: 'E_BUILD_FAILED',
      findings: expect.arrayContaining([expect.stringContaining('missing go.sum entry')]),
    });
  });

  it('stop compiling when they are told to', async () => {
    await using workshop = await goWorkshop();
    const generate = Array.from(
      { length: 400 },
      (_, index) => `func f${index}() [${index + 1}][64]int { var x [${index + 1}][64]int; return x }`,
    );
    await workshop.write('program/cmd/one/more.go', `package main\n\n${generate.join('\n')}\n`);
    const stop = new AbortController();
    const events: Events = {
      emit(event) {
        if (event.kind === 'start') stop.abort(new Error('stopped'));
      },
    };
    const building = workshop.build({ names: ['program'], signal: stop.signal, events });
    await expect(building).rejects.toThrow(/stopped|abort/i);
  });
});
