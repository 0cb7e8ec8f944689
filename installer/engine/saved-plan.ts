import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { canonicalJson, type Digest, digestOf, isDigest } from '../base/digest.ts';
import { PerimeterError } from '../base/errors.ts';
import { productDirectory, readFileIfThere, writeFileAtomic } from '../base/files.ts';
import type { JsonObject } from '../base/json.ts';
import { readFolder } from '../base/read-folder.ts';
import { MachineReport } from '../hardware/machine-report.ts';
import type { PlanDocument } from './plan.ts';

const digest = z.custom<Digest>((value) => typeof value === 'string' && isDigest(value), 'is no digest');
const change = z.strictObject({
  id: z.string(),
  sentence: z.string(),
  data: z.record(z.string(), z.json()).transform((value) => value as JsonObject),
});
const machines = z
  .strictObject({ digest, told: z.array(MachineReport) })
  .refine((planned) => planned.digest === digestOfMachines(planned.told), {
    path: ['digest'],
    error: 'is not that of the machines beside it',
  });
const SavedPlanFile = z.strictObject({
  planVersion: z.literal(1),
  site: z.strictObject({ name: z.string(), digest }),
  bundle: z.strictObject({ version: z.string(), digest }),
  installer: z.strictObject({ digest }),
  machines,
  phases: z.array(
    z.strictObject({
      name: z.string(),
      title: z.string(),
      targets: z.array(z.strictObject({ name: z.string(), changes: z.array(change) })),
      estimate: z
        .strictObject({ ms: z.number(), diskBytes: z.record(z.string(), z.number()).optional() })
        .transform(({ ms, diskBytes }) => ({ ms, ...(diskBytes === undefined ? {} : { diskBytes }) }))
        .optional(),
    }),
  ),
});

/** A plan as it lies in a file, with the digest of the program that made it and of the machines that it was made for. */
export interface SavedPlan extends PlanDocument {
  readonly installer: { readonly digest: Digest };
  readonly machines: { readonly digest: Digest; readonly told: readonly MachineReport[] };
}

/** Everything of the program that decides what is done: its sources and data, and the versions of its packages. */
export async function installerDigest(): Promise<Digest> {
  const folders = ['installer', 'playbooks', 'hardware', join('charts', 'site')];
  const files = await Promise.all(folders.map((name) => readFolder(productDirectory(name))));
  const contents = files.map((folder) => [...folder].map(([path, text]) => [path, digestOf(text)]));
  const packages = await readFileIfThere(productDirectory('package-lock.json'));
  return digestOf(canonicalJson([contents, packages ?? '']));
}

/** Writes the plan to `file` and tells the digest of what was written, for whoever approves it. */
export async function savePlan(
  plan: PlanDocument,
  told: readonly MachineReport[],
  file: string,
): Promise<Digest> {
  const { phases, ...about } = plan;
  const installer = { digest: await installerDigest() };
  const saved: SavedPlan = {
    ...about,
    installer,
    machines: { digest: digestOfMachines(told), told },
    phases,
  };
  const text = `${JSON.stringify(saved, null, 2)}\n`;
  await writeFileAtomic(file, text);
  return digestOf(text);
}

function digestOfMachines(told: readonly MachineReport[]): Digest {
  return digestOf(canonicalJson(told));
}

/** Raises E_PLAN_INVALID for a file that is absent or no plan. */
export async function readSavedPlan(file: string): Promise<SavedPlan> {
  const invalid = (what: string, findings: readonly string[] = []): PerimeterError =>
    new PerimeterError('E_PLAN_INVALID', {
      message: `${file} ${what}`,
      hint: `Make one: perimeter plan SITE --out ${file}`,
      findings,
    });
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw invalid(`cannot be read (${error.code})`);
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid('is no JSON: it is damaged, or no plan');
  }
  const result = SavedPlanFile.safeParse(value);
  if (result.success) return result.data;
  throw invalid(
    'is no plan of this program',
    result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
  );
}
