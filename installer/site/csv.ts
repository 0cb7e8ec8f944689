/** One line of a table, with the line of the file where it begins. */
export interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
}

export interface CsvTable {
  readonly rows: readonly CsvRow[];
  /** Quotes that never end; the line where they begin. */
  readonly openQuoteLine?: number;
}

/**
 * A table as spreadsheets write them: commas, semicolons or tabs between the cells (whichever the first line has most of), quotes
 * around what holds any of them, any end of line, with or without a byte order mark. Empty lines are left out.
 */
export function parseCsv(text: string): CsvTable {
  const source = text.replace(/^\uFEFF/, '');
  const separator = separatorOf(source.split(/\r?\n|\r/, 1)[0] ?? '');
  const rows: CsvRow[] = [];
  let cells: string[] = [];
  let cell = '';
  let quotedSince: number | undefined;
  let line = 1;
  let rowLine = 1;
  const endCell = (): void => {
    cells.push(cell.trim());
    cell = '';
  };
  const endRow = (): void => {
    endCell();
    if (cells.some((one) => one !== '')) rows.push({ line: rowLine, cells });
    cells = [];
  };
  for (let at = 0; at < source.length; at += 1) {
    const character = source[at] ?? '';
    const isBreak = character === '\n' || (character === '\r' && source[at + 1] !== '\n');
    if (isBreak) line += 1;
    if (quotedSince !== undefined) {
      if (character !== '"') cell += character;
      else if (source[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else quotedSince = undefined;
    } else if (character === '"' && cell.trim() === '') {
      cell = '';
      quotedSince = line;
    } else if (character === separator) endCell();
    else if (isBreak) {
      endRow();
      rowLine = line;
    } else if (character !== '\r') cell += character;
  }
  endRow();
  return { rows, ...(quotedSince === undefined ? {} : { openQuoteLine: quotedSince }) };
}

function separatorOf(header: string): string {
  const count = (separator: string): number => header.split(separator).length;
  return [',', ';', '\t'].toSorted((a, b) => count(b) - count(a))[0] ?? ',';
}
