import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Handlebars from 'handlebars';
import { writeFileAtomic } from '../base/files.ts';
import { pageData } from './report/page-data.ts';
import type { SeedReport } from './seed-request.ts';

export interface SeedReportFiles {
  readonly json: string;
  readonly html: string;
}

/** Writes what happened during a seeding as data and as one page that needs nothing else to be looked at. */
export async function writeSeedReport(directory: string, report: SeedReport): Promise<SeedReportFiles> {
  const files = { json: join(directory, 'seeding.json'), html: join(directory, 'seeding.html') };
  const template = await readFile(join(import.meta.dirname, 'report', 'page.html.hbs'), 'utf8');
  const page = Handlebars.create().compile(template, { strict: true })(pageData(report));
  await writeFileAtomic(files.json, `${JSON.stringify(report, undefined, 1)}\n`);
  await writeFileAtomic(files.html, page);
  return files;
}
