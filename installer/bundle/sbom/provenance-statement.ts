import { type Digest, hexOf } from '../../base/digest.ts';
import { vendorOf } from '../../base/distributions.ts';
import type { BuildInputs } from '../build/build-key.ts';
import type { BundleArtifact } from '../bundle.ts';
import { repositoryOf } from '../bundle.ts';
import { digestSetOf } from './digest-sets.ts';
import type { Ingredient } from './ingredient.ts';
import { packageUrl } from './package-url.ts';

export interface ProvenanceInput {
  readonly artifact: Pick<BundleArtifact, 'name' | 'digest'>;
  readonly inputs: BuildInputs;
  /** Of the inputs. */
  readonly key: Digest;
  readonly ingredients: readonly Ingredient[];
  /** Debian packages, name to version. */
  readonly packages: Readonly<Record<string, string>>;
  readonly suite: string | undefined;
  readonly base: Pick<BundleArtifact, 'name' | 'digest'> | undefined;
}

export const provenanceType = 'https://slsa.dev/provenance/v1';

/** How an artifact came to be, as an in-toto statement with SLSA's provenance: recipe, pinned sources, tools. No clock in it. */
export function provenanceStatement(input: ProvenanceInput): Readonly<Record<string, unknown>> {
  const { artifact, inputs, key } = input;
  const { body, name, inputs: files, ...tools } = inputs;
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: repositoryOf(artifact.name), digest: { sha256: hexOf(artifact.digest) } }],
    predicateType: provenanceType,
    predicate: {
      buildDefinition: {
        buildType: `urn:perimeter:bundle:recipe:${body.kind}:v1`,
        externalParameters: { recipe: { name, ...body } },
        internalParameters: { ...tools, inputs: files },
        resolvedDependencies: dependenciesOf(input),
      },
      runDetails: {
        builder: { id: 'urn:perimeter:bundle:builder', version: { builder: String(inputs.builderVersion) } },
        // Not one run but the key of all runs that give these bytes.
        metadata: { invocationId: key },
      },
    },
  };
}

interface Resource {
  readonly uri: string;
  readonly digest?: Readonly<Record<string, string>>;
}

function dependenciesOf(input: ProvenanceInput): Resource[] {
  const { ingredients, packages, suite, base } = input;
  const taken = ingredients.map(({ type, name, version, sum }) =>
    resource(packageUrl(type, name, version), digestSetOf(sum)),
  );
  const distro = suite === undefined ? {} : { distro: suite };
  const debian = Object.entries(packages).map(([name, version]) =>
    resource(packageUrl('deb', `${vendorOf(suite)}/${name}`, version, distro), {}),
  );
  const below =
    base === undefined ? [] : [resource(packageUrl('oci', base.name, base.digest), digestSetOf(base.digest))];
  return [...taken, ...debian, ...below].toSorted((a, b) => (a.uri < b.uri ? -1 : 1));
}

function resource(uri: string, digest: Readonly<Record<string, string>>): Resource {
  return Object.keys(digest).length === 0 ? { uri } : { uri, digest };
}
