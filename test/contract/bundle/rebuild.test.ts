import { describe, expect, it } from 'vitest';
import { rebuildArtifacts } from '../../../installer/bundle/rebuild-artifacts.ts';
import { smallWorkshop } from '../../fixtures/small-bundle.ts';

const recipe = `kind: go
sets: [core]
licence: Apache-2.0
version: v1.0.0
modules:
  - local: .
    ldflags: ['-s', '-w', '-linkmode external', '-extldflags "-static"']
    cgo: true
    binaries: [{package: ., path: /usr/local/bin/clock}]
`;
/** The C compiler writes the time of day into the program: what no key can know and no cache shows. */
const clock = `package main

// static const char *made(void) { return "made at " __TIME__; }
import "C"

func main() { println(C.GoString(C.made())) }
`;

describe('a program made again by the real compilers', () => {
  it('that looks at the clock is found, with the file and the byte', async () => {
    await using workshop = await smallWorkshop();
    await workshop.write('clock/source.yaml', recipe);
    await workshop.write('clock/go.mod', 'module example.org/clock\n\ngo 1.24\n');
    await workshop.write('clock/main.go', clock);
    const choice = { names: ['clock'], count: 1, seed: '', budgetMs: 0 };
    expect(await rebuildArtifacts({ ...workshop.options, ...choice })).toEqual([
      {
        name: 'clock',
        result: 'differs',
        digest: expect.stringMatching(/^sha256:/),
        against: 'the cache',
        rebuilt: expect.stringMatching(/^sha256:/),
        difference: expect.stringMatching(/^layer 1: \/usr\/local\/bin\/clock is different from byte \d+ on/),
      },
    ]);
  });
});
