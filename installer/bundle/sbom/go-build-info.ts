/** One module as it was linked into a program. */
export interface LinkedModule {
  readonly path: string;
  /** Such as v1.2.3; `(devel)` for a folder that has none. */
  readonly version: string;
  /** Go's own sum of the module's files, `h1:...`; empty where go.sum has none. */
  readonly sum: string;
  /** Set when this module was taken in place of another one. */
  readonly insteadOf?: { readonly path: string; readonly version: string };
}

/** What Go's linker wrote into a program about how it was made. */
export interface GoBuildInfo {
  /** Such as go1.26.8. */
  readonly goVersion: string;
  /** The package with the program's main function. */
  readonly path: string;
  readonly main: LinkedModule | undefined;
  readonly modules: readonly LinkedModule[];
}

const magic = Buffer.from('\xff Go buildinf:', 'latin1');
const headerBytes = 32;
/** The text is kept between two marks of this many bytes each. */
const markBytes = 16;

/** Reads what `go version -m` reads, out of a program's bytes; undefined when Go did not link it. */
export function readGoBuildInfo(program: Buffer): GoBuildInfo | undefined {
  for (let at = program.indexOf(magic); at !== -1; at = program.indexOf(magic, at + 1)) {
    // A program that can read build information itself holds the same words elsewhere: only the linker's own record is aligned
    // and says, by the second bit, that its texts follow.
    if (at % 16 !== 0 || ((program[at + 15] ?? 0) & 2) === 0) continue;
    const version = textAt(program, at + headerBytes);
    const modules = version === undefined ? undefined : textAt(program, version.end);
    if (version === undefined || modules === undefined || !version.bytes.toString().startsWith('go'))
      continue;
    const text = modules.bytes;
    const inner =
      text.length > 2 * markBytes ? text.subarray(markBytes, text.length - markBytes) : Buffer.alloc(0);
    return { goVersion: version.bytes.toString(), ...parseModules(inner.toString()) };
  }
  return undefined;
}

/** A text with its length before it, as Go's variable-length number. */
function textAt(program: Buffer, offset: number): { bytes: Buffer; end: number } | undefined {
  let length = 0;
  let at = offset;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = program[at];
    if (byte === undefined) return undefined;
    at += 1;
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  const end = at + length;
  return end > program.length ? undefined : { bytes: program.subarray(at, end), end };
}

/** The lines that `go version -m` shows: path, mod, dep, and => for a replacement of the line above. */
export function parseModules(text: string): Omit<GoBuildInfo, 'goVersion'> {
  let path = '';
  let main: LinkedModule | undefined;
  const modules: LinkedModule[] = [];
  for (const line of text.split('\n')) {
    const [word, name = '', version = '', sum = ''] = line.trim().split('\t');
    const module: LinkedModule = { path: name, version: version === '' ? '(devel)' : version, sum };
    if (word === 'path') path = name;
    else if (word === 'mod') main = module;
    else if (word === 'dep') modules.push(module);
    else if (word === '=>') {
      const replaced = modules.pop();
      if (replaced !== undefined) modules.push(replacementOf(replaced, module));
    }
  }
  return { path, main, modules };
}

/** A folder that stands for a module is that module, changed; another module is what is linked. */
function replacementOf(replaced: LinkedModule, by: LinkedModule): LinkedModule {
  const { path, version } = replaced;
  const isFolder = by.path.startsWith('.') || by.path.startsWith('/');
  return isFolder
    ? { path, version, sum: '', insteadOf: { path, version } }
    : { ...by, insteadOf: { path, version } };
}
