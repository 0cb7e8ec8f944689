import { PerimeterError } from '../../base/errors.ts';
import type { JsonObject } from '../../base/json.ts';
import { count } from '../../base/units.ts';
import type { OpenBundle } from '../../bundle/bundle.ts';
import { findPackage } from '../../bundle/find-package.ts';
import { readProvenance, readSbom } from '../../bundle/read-sbom.ts';
import { table } from '../table.ts';
import { defineVerb, type VerbResult } from '../verb.ts';
import { artifactNamed } from './artifact-named.ts';
import { onBundle } from './on-bundle.ts';
import { trustOptions } from './trust-options.ts';

export const sbomVerb = defineVerb({
  name: 'bundle sbom',
  summary: 'tell what the artifacts of a bundle contain',
  description:
    'ls lists what is attached to each artifact, NAME prints the SPDX document of one, find names the artifacts that contain a\n' +
    'package: a Go module, a Debian or npm package, or stdlib for the library of Go itself.',
  args: [
    { name: 'NAME', summary: 'ls, find, or the name of an artifact' },
    { name: 'PACKAGE', summary: 'for find: the whole name of the package', optional: true },
  ],
  options: {
    ...trustOptions,
    bundle: { type: 'string', value: 'FILE', summary: 'the bundle file; default: the newest in the cache' },
    provenance: {
      type: 'boolean',
      summary:
        'with the name of an artifact: print how it came to be (in-toto, SLSA) instead of what it contains',
    },
    below: { type: 'string', value: 'VERSION', summary: 'for find: only in versions older than this one' },
  },
  examples: [
    { command: 'perimeter bundle sbom ls', does: 'documents and number of packages of each artifact' },
    { command: 'perimeter bundle sbom etcd > etcd.spdx.json', does: 'the SPDX document of one artifact' },
    { command: 'perimeter bundle sbom etcd --provenance', does: 'its sources, inputs and builder' },
    {
      command: 'perimeter bundle sbom find golang.org/x/net --below v0.30.0',
      does: 'artifacts and programs with an older version of that module',
    },
  ],
  async run(context) {
    const [what = '', name] = context.args;
    const { bundle: file, below, provenance } = context.options;
    if ((what === 'find') !== (name !== undefined) || (what !== 'find' && below !== undefined)) {
      throw new PerimeterError('E_USAGE', {
        message: 'perimeter bundle sbom: find needs a PACKAGE, and only find takes one, or --below.',
        hint: 'perimeter bundle sbom --help',
      });
    }
    return await onBundle({ ...context, args: file === undefined ? [] : [file] }, async (bundle) => {
      if (what === 'ls') return await list(bundle);
      if (what === 'find') return await find(bundle, name ?? '', below);
      const artifact = artifactNamed(bundle, what);
      const read = provenance ? readProvenance : readSbom;
      const document = JSON.parse(JSON.stringify(await read(bundle, artifact))) as JsonObject;
      return { text: JSON.stringify(document, null, 2), data: document };
    });
  },
});

async function list(bundle: OpenBundle): Promise<VerbResult> {
  const artifacts = await Promise.all(
    bundle.artifacts.map(async (artifact) => {
      const { packages, files } = await readSbom(bundle, artifact);
      const attached = (artifact.attachments ?? []).map((one) => one.kind);
      // The first package is the artifact itself.
      const numbers = { packages: packages.length - 1, files: files.length };
      return {
        name: artifact.name,
        digest: artifact.digest,
        licence: artifact.licence,
        ...numbers,
        attached,
      };
    }),
  );
  const rows = artifacts.map((one) => [
    one.name,
    String(one.packages),
    String(one.files),
    one.licence,
    one.attached.join(', '),
  ]);
  const text = table([['ARTIFACT', 'PACKAGES', 'FILES', 'LICENCE', 'ATTACHED'], ...rows]);
  return { text, data: { file: bundle.path, artifacts } };
}

async function find(bundle: OpenBundle, name: string, below: string | undefined): Promise<VerbResult> {
  const { found, meant } = await findPackage(bundle, name, below);
  const data = {
    file: bundle.path,
    package: name,
    below: below ?? null,
    meant: meant ?? null,
    found: found.map((one) => ({ ...one })),
  };
  const versions = below === undefined ? '' : ` below ${below}`;
  if (found.length === 0) {
    const guess = meant === undefined ? '' : ` Some contain ${meant}: did you mean that?`;
    return { text: `No artifact contains ${name}${versions}.${guess}`, data };
  }
  const rows = found.map((one) => [
    one.artifact,
    one.comparable ? one.version : `${one.version}, cannot be compared`,
    one.programs.join(' '),
  ]);
  const artifacts = new Set(found.map((one) => one.artifact)).size;
  const contain = artifacts === 1 ? 'contains' : 'contain';
  const title = `${count(artifacts, 'artifact')} ${contain} ${name}${versions}:`;
  return { text: [title, table([['ARTIFACT', 'VERSION', 'PROGRAMS'], ...rows])].join('\n'), data };
}
