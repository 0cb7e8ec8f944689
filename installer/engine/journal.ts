import { appendFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { JsonObject } from '../base/json.ts';
import { redact } from '../base/redact.ts';

/**
 * What was done to a site, one JSON line each, for people, timing and audit. It is never read to decide what to do next:
 * hosts, cluster, Git and registry are the truth.
 */
export interface Journal {
  record(entry: { readonly event: string } & JsonObject): Promise<void>;
}

export const noJournal: Journal = { record: async () => {} };

export function journalPath(siteDirectory: string): string {
  return join(siteDirectory, '.perimeter', 'journal.ndjson');
}

export async function openJournal(
  siteDirectory: string,
  run: { readonly id: string; readonly verb: string },
): Promise<Journal> {
  const path = journalPath(siteDirectory);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  return {
    async record(entry) {
      const line = JSON.stringify({ at: new Date().toISOString(), run: run.id, verb: run.verb, ...entry });
      await appendFile(path, `${redact(line)}\n`, { mode: 0o600 });
    },
  };
}
