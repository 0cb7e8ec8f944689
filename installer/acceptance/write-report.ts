import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf } from '../base/digest.ts';
import { writeFileAtomic } from '../base/files.ts';
import { renderHtml } from './report/html.ts';
import { renderJunit } from './report/junit.ts';
import type { SuiteResult } from './run-suite.ts';

export interface ReportFiles {
  readonly directory: string;
  readonly results: string;
  readonly junit: string;
  readonly html: string;
}

/** Evidence in results.json is a reference: file, size and SHA-256. The content lies beside it. */
export interface EvidenceReference {
  readonly name: string;
  readonly file: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** Writes results.json (the master), junit.xml, report.html and the evidence files into `directory`. */
export async function writeReport(suite: SuiteResult, directory: string): Promise<ReportFiles> {
  const results = [];
  for (const result of suite.results) {
    const evidence: EvidenceReference[] = [];
    for (const item of result.evidence) {
      const file = join('evidence', result.id, item.name);
      await writeFileAtomic(join(directory, file), item.content);
      evidence.push({
        name: item.name,
        file,
        sizeBytes: Buffer.byteLength(item.content),
        sha256: digestOf(item.content),
      });
    }
    results.push({ ...result, evidence });
  }
  const master = { ...suite, results };
  const files = {
    directory,
    results: join(directory, 'results.json'),
    junit: join(directory, 'junit.xml'),
    html: join(directory, 'report.html'),
  };
  await writeFileAtomic(files.results, `${JSON.stringify(master, undefined, 2)}\n`);
  await writeFileAtomic(files.junit, renderJunit(suite));
  const template = await readFile(join(import.meta.dirname, 'report', 'report.html.hbs'), 'utf8');
  await writeFileAtomic(files.html, renderHtml(template, master));
  return files;
}
