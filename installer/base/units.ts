/** "6.2 GB": decimal units, as disks and networks are sold. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** Bytes of "2GiB", "700 MB" or "512"; undefined for anything else. */
export function parseBytes(text: string): number | undefined {
  const [, amount, prefix = '', binary] = /^(\d{1,6}(?:\.\d{1,3})?) ?(?:([kKMGT])(i)?)?B?$/.exec(text) ?? [];
  if (amount === undefined) return undefined;
  const power = ' kMGT'.indexOf(prefix.replace('K', 'k'));
  const factor = prefix === '' ? 1 : (binary === undefined ? 1000 : 1024) ** power;
  return Math.round(Number(amount) * factor);
}

/** "48 s", "3 min 20 s", "2 h 5 min". */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** "1 host", "3 hosts". */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : plural}`;
}
