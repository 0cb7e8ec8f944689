import { CORE_SCHEMA, dump } from 'js-yaml';
import { z } from 'zod';
import { checkYaml, describeProblems } from '../base/checked-yaml.ts';
import { canonicalJson } from '../base/digest.ts';
import { PerimeterError } from '../base/errors.ts';
import type { SignedOverride } from './signed-override.ts';

/** Just enough to find an entry: the others may have problems of their own, such as a signature that is still missing. */
const Entries = z.strictObject({
  overrides: z.array(z.looseObject({ serial: z.string() })).nullable(),
});

const firstText = `# What operators say of machines that do not tell it themselves; each entry is signed:
#   perimeter hardware override --help
overrides:
`;

/** As it stands in the list: a line for each word, so that a change of it is seen where files are compared. */
export function formatOverride({ serial, model, by, reason, ticket, signature }: SignedOverride): string {
  const entry = { serial, model, by, reason, ticket, signature };
  return dump([entry], { lineWidth: -1, schema: CORE_SCHEMA });
}

/**
 * The text of hardware.yaml with the entry in it, in the place of what is there for the same serial number. All other lines stay as a
 * person wrote them. Raises E_HARDWARE_INVALID for a text that is not understood well enough for that.
 */
export function putOverride(file: string, before: string | undefined, override: SignedOverride): string {
  const text = withList(before);
  const { value, problems, document } = checkYaml(file, text, Entries);
  if (value === undefined) throw notPut(file, describeProblems(problems));
  const entries = value.overrides ?? [];
  const lines = text.trimEnd().split(/\r?\n/);
  const starts = entries.map((_, index) => document.lineOf(['overrides', index]) - 1);
  const odd = starts.find(
    (start, index) => !/^\s*- +\S/.test(lines[start] ?? '') || start === starts[index - 1],
  );
  if (odd !== undefined) throw notPut(file, [`${file}:${odd + 1}: does not begin with "- "`]);
  if (entries.length === 0) openList(lines, document.lineOf(['overrides']) - 1);

  const item = indented(formatOverride(override), /^\s*/.exec(lines[starts[0] ?? -1] ?? '  ')?.[0] ?? '');
  const same = entries.flatMap(({ serial }, index) => (serial === override.serial ? [index] : []));
  // From the last to the first: the places of those before stay.
  for (const index of same.toReversed()) {
    const start = starts[index] ?? 0;
    const end = endOf(lines, start, starts[index + 1] ?? lines.length);
    lines.splice(start, end - start, ...(index === same[0] ? item : []));
  }
  if (same.length === 0) lines.push(...item);

  const after = [...lines, ''].join(text.includes('\r\n') ? '\r\n' : '\n');
  const wanted = entries.flatMap<unknown>((entry, index) =>
    index === same[0] ? [override] : same.includes(index) ? [] : [entry],
  );
  if (same.length === 0) wanted.push(override);
  // A person's file has forms that nobody thought of here: what cannot be read back as it was meant is not written.
  if (canonicalJson(checkYaml(file, after, Entries).value?.overrides) !== canonicalJson(wanted))
    throw notPut(file, [`${file}: it could not be read back with the new entry in it`]);
  return after;
}

/** Text with a list to put into, also where there is no file or nothing but comments. */
function withList(before: string | undefined): string {
  if (before === undefined || before.trim() === '') return firstText;
  const onlyComments = before.split('\n').every((line) => /^\s*(#.*)?$/.test(line));
  return onlyComments ? `${before.trimEnd()}\noverrides:\n` : before;
}

/** `overrides: []` cannot be followed by entries. */
function openList(lines: string[], at: number): void {
  lines[at] = (lines[at] ?? '').replace(/^(\s*overrides:)\s*\[\s*\]/, '$1');
}

function indented(text: string, indent: string): string[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => indent + line);
}

/** Comments and empty lines behind an entry belong to what follows. */
function endOf(lines: readonly string[], start: number, next: number): number {
  const last = lines.slice(start, next).findLastIndex((line) => !/^\s*(#.*)?$/.test(line));
  return start + last + 1;
}

function notPut(file: string, findings: readonly string[]): PerimeterError {
  return new PerimeterError('E_HARDWARE_INVALID', {
    message: `No entry can be put into ${file}; nothing was written.`,
    findings,
    hint: 'Mend these lines. Below `overrides:`, each entry begins with "- " on a line of its own. Then run the command again.',
  });
}
