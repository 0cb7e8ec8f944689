import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PerimeterError } from '../base/errors.ts';
import type { JsonObject } from '../base/json.ts';
import { count, formatBytes, formatDuration } from '../base/units.ts';
import { type BuildOptions, buildAll, buildBundle, bundlesDirectory } from '../bundle/build-bundle.ts';
import type { BundleArtifact, OpenBundle } from '../bundle/bundle.ts';
import {
  imagesLockFile,
  type LockedArtifact,
  lockDifferences,
  readImagesLock,
  writeImagesLock,
} from '../bundle/images-lock.ts';
import { mergeLock } from '../bundle/merge-lock.ts';
import { openBundle } from '../bundle/open-bundle.ts';
import { defineVerb, type VerbContext, type VerbResult } from './verb.ts';

const options = {
  set: {
    type: 'string',
    value: 'NAME',
    multiple: true,
    summary: 'Only the artifacts of this set (core, git, ci, ...); default: all.',
  },
  only: { type: 'string', value: 'NAME', multiple: true, summary: 'Only this artifact.' },
  refresh: {
    type: 'string',
    value: 'NAME',
    multiple: true,
    summary: 'Make this artifact anew with the Debian packages that are served now.',
  },
  out: {
    type: 'string',
    value: 'FILE',
    summary: "For build: where the bundle goes; default: the person's cache.",
  },
  check: { type: 'boolean', summary: 'For lock: change nothing, fail when images.lock does not fit.' },
} as const;

type BundleContext = VerbContext<typeof options>;

export const bundleVerb = defineVerb({
  name: 'bundle',
  summary: 'Build the bundle from pinned source, and look into it.',
  description:
    'build writes one file with every artifact; what the cache has is not made again. lock writes images.lock: every artifact by\n' +
    'digest. verify reads a bundle from end to end. ls and inspect tell what is in it. Without FILE the newest bundle is taken.',
  args: [
    { name: 'ACTION', summary: 'What to do.', choices: ['build', 'lock', 'verify', 'ls', 'inspect'] },
    { name: 'FILE', summary: 'For verify, ls and inspect: the bundle file.', optional: true },
    { name: 'ARTIFACT', summary: 'For inspect: the artifact to look into.', optional: true },
  ],
  options,
  examples: [
    { command: 'perimeter bundle build', does: 'makes what is missing and writes the bundle' },
    { command: 'perimeter bundle build --set core', does: 'a smaller bundle: the cluster alone' },
    { command: 'perimeter bundle lock --check', does: 'fails when images.lock does not fit what is built' },
    {
      command: 'perimeter bundle verify /media/perimeter.tar',
      does: 'reads every byte and names what is damaged',
    },
  ],
  run(context) {
    return actions[context.args[0] as keyof typeof actions](context);
  },
});

const actions = { build, lock, verify, ls, inspect };

async function build(context: BundleContext): Promise<VerbResult> {
  const startedAt = performance.now();
  const out = context.options.out;
  const built = await buildBundle({ ...buildOptions(context), ...(out === undefined ? {} : { out }) });
  const locked = await readImagesLock();
  const stale = locked === undefined ? [] : lockDifferences(locked, built.artifacts, false);
  const how = built.written ? 'written' : 'unchanged';
  const lines = [
    built.file,
    `${count(built.artifacts.length, 'artifact')}, ${formatBytes(built.sizeBytes)}, ${how} in ${formatDuration(performance.now() - startedAt)}`,
    `digest ${built.digest}`,
  ];
  if (locked === undefined) lines.push('There is no images.lock yet: perimeter bundle lock');
  else if (stale.length > 0)
    lines.push(
      `images.lock says otherwise about ${count(stale.length, 'thing')}: perimeter bundle lock --check`,
    );
  const { file, digest, sizeBytes, written } = built;
  const data = {
    file,
    digest,
    sizeBytes,
    written,
    artifacts: asData(built.artifacts),
    lockDifferences: stale,
  };
  return { text: lines.join('\n'), data };
}

async function lock(context: BundleContext): Promise<VerbResult> {
  const { artifacts, lock: next } = await buildAll(buildOptions(context));
  const whole = context.options.set.length === 0 && context.options.only.length === 0;
  const current = await readImagesLock();
  const differences =
    current === undefined ? ['there is no images.lock'] : lockDifferences(current, artifacts, whole);
  const file = imagesLockFile();
  if (context.options.check) {
    if (differences.length === 0)
      return { text: `${file} fits ${count(artifacts.length, 'artifact')}.`, data: { file } };
    throw new PerimeterError('E_LOCK_STALE', {
      message: `${file} does not fit what the recipes make`,
      hint: 'If the change is meant: npm run perimeter -- bundle lock',
      findings: differences,
    });
  }
  await writeImagesLock(whole ? next : mergeLock(current, next), file);
  const text = [`${file}: ${count(artifacts.length, 'artifact')}`, ...differences].join('\n');
  return { text, data: { file, changes: differences } };
}

async function verify(context: BundleContext): Promise<VerbResult> {
  const startedAt = performance.now();
  return await withBundle(context, async (bundle, sizeBytes) => {
    const ms = performance.now() - startedAt;
    const rate = formatBytes((sizeBytes / ms) * 1000);
    const lines = [
      `${bundle.path} is whole: ${count(bundle.artifacts.length, 'artifact')}, ${formatBytes(sizeBytes)}, read in ${formatDuration(ms)} (${rate}/s)`,
      `digest ${bundle.digest}`,
    ];
    return {
      text: lines.join('\n'),
      data: { file: bundle.path, digest: bundle.digest, sizeBytes, ms: Math.round(ms) },
    };
  });
}

async function ls(context: BundleContext): Promise<VerbResult> {
  return await withBundle(context, async (bundle) => {
    const rows = bundle.artifacts.map((one) => [
      one.name,
      one.kind,
      one.version,
      formatBytes(one.sizeBytes),
      one.licence,
      one.sets.join(','),
    ]);
    const text = table([['ARTIFACT', 'KIND', 'VERSION', 'SIZE', 'LICENCE', 'SETS'], ...rows]);
    return { text, data: { file: bundle.path, artifacts: asData(bundle.artifacts) } };
  });
}

async function inspect(context: BundleContext): Promise<VerbResult> {
  return await withBundle(context, async (bundle, sizeBytes) => {
    const name = context.args[2];
    if (name === undefined) {
      const kinds = Object.entries(Object.groupBy(bundle.artifacts, (one) => one.kind));
      const text = [
        `file      ${bundle.path}`,
        `digest    ${bundle.digest}`,
        `version   ${bundle.version}`,
        `size      ${formatBytes(sizeBytes)}`,
        ...kinds.map(([kind, of]) => `${kind.padEnd(10)}${of.length}`),
      ];
      const { digest, version } = bundle;
      return {
        text: text.join('\n'),
        data: { file: bundle.path, digest, version, sizeBytes, artifacts: asData(bundle.artifacts) },
      };
    }
    const artifact = bundle.artifact(name);
    const manifest = await bundle.manifest(artifact);
    const { digest, version, tag, licence, source, sets } = artifact;
    const facts = Object.entries({
      name,
      kind: artifact.kind,
      digest,
      version,
      tag,
      licence,
      source,
      sets: sets.join(', '),
    });
    const parts = [manifest.config, ...manifest.layers].map((part) => [
      part.digest,
      formatBytes(part.size),
      part.mediaType,
    ]);
    const text = [...facts.map(([key, value]) => `${key.padEnd(10)}${value}`), '', table(parts)].join('\n');
    return {
      text,
      data: {
        artifact: asData([artifact])[0] ?? null,
        manifest: JSON.parse(JSON.stringify(manifest)) as JsonObject,
      },
    };
  });
}

function buildOptions({ options: given, events, signal }: BundleContext): BuildOptions {
  return { sets: given.set ?? [], names: given.only ?? [], refresh: given.refresh ?? [], events, signal };
}

async function withBundle(
  { args, events, signal }: BundleContext,
  work: (bundle: OpenBundle, sizeBytes: number) => Promise<VerbResult>,
): Promise<VerbResult> {
  const file = args[1] ?? (await newestBundle());
  const bundle = await openBundle(file, { events, signal });
  try {
    return await work(bundle, (await stat(file)).size);
  } finally {
    await bundle.close();
  }
}

async function newestBundle(): Promise<string> {
  const folder = bundlesDirectory();
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.tar'));
  const files = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(folder, name))).mtimeMs })),
  );
  const newest = files.toSorted((a, b) => b.at - a.at)[0];
  if (newest !== undefined) return join(folder, newest.name);
  throw new PerimeterError('E_BUNDLE_MISSING', {
    message: `There is no bundle in ${folder}`,
    hint: 'Build one: npm run perimeter -- bundle build',
  });
}

function asData(artifacts: readonly (BundleArtifact | LockedArtifact)[]): JsonObject[] {
  return artifacts.map((artifact) => ({ ...artifact }));
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
