import { describe, expect, it } from 'vitest';
import { parseModules, readGoBuildInfo } from '../../../../installer/bundle/sbom/go-build-info.ts';

const lines = [
  'path\texample.org/tool/cmd/tool',
  'mod\texample.org/tool\tv1.2.3\th1:own=',
  'dep\texample.org/a\tv0.1.0\th1:a=',
  'dep\texample.org/b\tv0.2.0',
  '=>\texample.org/fork\tv0.2.1\th1:fork=',
  'dep\texample.org/c\tv0.3.0',
  '=>\t./module\t(devel)\t',
  'build\tCGO_ENABLED=0',
  '',
].join('\n');

/** A program as the linker leaves it: the record on a boundary of 16 bytes, lengths before texts, marks around the modules. */
function program(options: { before?: Buffer; flags?: number; text?: string } = {}): Buffer {
  const { before = Buffer.alloc(64, 1), flags = 2, text = lines } = options;
  const header = Buffer.alloc(32);
  header.write('\xff Go buildinf:', 'latin1');
  header[14] = 8;
  header[15] = flags;
  const withLength = (bytes: Buffer): Buffer => {
    const length: number[] = [];
    let rest = bytes.length;
    for (; rest >= 0x80; rest = Math.floor(rest / 128)) length.push((rest & 0x7f) | 0x80);
    return Buffer.concat([Buffer.from([...length, rest]), bytes]);
  };
  const marked = Buffer.concat([Buffer.alloc(16, 0x30), Buffer.from(text), Buffer.alloc(16, 0x31)]);
  return Buffer.concat([
    before,
    header,
    withLength(Buffer.from('go1.26.8')),
    withLength(marked),
    Buffer.alloc(9),
  ]);
}

describe('what Go wrote into a program', () => {
  it('is read with the module that was really taken', () => {
    expect(readGoBuildInfo(program())).toEqual({
      goVersion: 'go1.26.8',
      path: 'example.org/tool/cmd/tool',
      main: { path: 'example.org/tool', version: 'v1.2.3', sum: 'h1:own=' },
      modules: [
        { path: 'example.org/a', version: 'v0.1.0', sum: 'h1:a=' },
        {
          path: 'example.org/fork',
          version: 'v0.2.1',
          sum: 'h1:fork=',
          insteadOf: { path: 'example.org/b', version: 'v0.2.0' },
        },
        {
          path: 'example.org/c',
          version: 'v0.3.0',
          sum: '',
          insteadOf: { path: 'example.org/c', version: 'v0.3.0' },
        },
      ],
    });
  });

  it('is not taken from a program that only knows how to read it', () => {
    // The same words where no linker puts them: off the boundary, or without the bit that says that texts follow.
    const decoy = Buffer.concat([
      Buffer.alloc(5),
      Buffer.from('\xff Go buildinf:', 'latin1'),
      Buffer.alloc(45),
    ]);
    expect(readGoBuildInfo(program({ before: decoy }))?.path).toBe('example.org/tool/cmd/tool');
    expect(readGoBuildInfo(program({ flags: 0 }))).toBeUndefined();
    expect(readGoBuildInfo(Buffer.from('\x7fELF nothing of Go'))).toBeUndefined();
  });

  it('may be cut off, which is no reason to fail', () => {
    const whole = program();
    expect(readGoBuildInfo(whole.subarray(0, 100))).toBeUndefined();
    expect(readGoBuildInfo(whole.subarray(0, whole.length - 60))).toBeUndefined();
  });

  it('may name no module at all', () => {
    expect(parseModules('path\tcommand-line-arguments\n')).toEqual({
      path: 'command-line-arguments',
      main: undefined,
      modules: [],
    });
  });
});
