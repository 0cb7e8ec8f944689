import { count } from '../../../base/units.ts';

export function lineCount(text: string): string {
  return count(text === '' ? 0 : text.replace(/\n$/, '').split('\n').length, 'line');
}

/** The first line that differs, and how many follow it in each text: enough to find the place, short enough for a status line. */
export function firstDifference(wanted: string, found: string): { wanted: string; found: string } {
  const wantedLines = wanted.split('\n');
  const foundLines = found.split('\n');
  const index = wantedLines.findIndex((line, at) => line !== foundLines[at]);
  const at = index === -1 ? wantedLines.length : index;
  return { wanted: shown(wantedLines, at), found: shown(foundLines, at) };
}

function shown(lines: readonly string[], index: number): string {
  const line = lines[index];
  if (line === undefined || (line === '' && index === lines.length - 1)) return `the end after line ${index}`;
  return `line ${index + 1}: ${line.trim().slice(0, 120) || '(empty)'}`;
}
