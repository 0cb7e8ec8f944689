import type { PlayLook } from './play-look.ts';

/** What became of one host, counted as Ansible counts: `ok` includes the changed ones. */
export interface HostRecap {
  readonly host: string;
  readonly ok: number;
  readonly changed: number;
  readonly unreachable: number;
  readonly failed: number;
  readonly skipped: number;
}

export function recapOf(host: string, looks: readonly PlayLook[]): HostRecap {
  const tasks = looks.flatMap((play) => play.looks).filter((look) => look !== 'flush-handlers');
  const skipped = tasks.filter((look) => look.skipped).length;
  const changed = tasks.filter((look) => look.change !== undefined).length;
  return { host, ok: tasks.length - skipped, changed, unreachable: 0, failed: 0, skipped };
}

/** The table that closes a run. */
export function describeRecap(recaps: readonly HostRecap[]): string {
  const width = Math.max(26, ...recaps.map(({ host }) => host.length + 1));
  const lines = recaps.map(({ host, ...counts }) => {
    const cells = Object.entries(counts).map(([name, number]) => `${name}=${number}`.padEnd(name.length + 5));
    return `${host.padEnd(width)}: ${cells.join(' ')}`.trimEnd();
  });
  return `PLAY RECAP ${'*'.repeat(68)}\n${lines.join('\n')}\n`;
}
