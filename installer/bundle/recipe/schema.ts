import { z } from 'zod';
import { parseUpstream } from '../mirror/upstream-reference.ts';
import { licenceProblem } from '../sbom/licence-expression.ts';

const text = z.string().min(1);

/** Whoever reads a version must be able to tell it from the next one. */
export function isFixedVersion(version: string): boolean {
  return /\d/.test(version);
}

const absolutePath = text.regex(/^\/(?!.*(^|\/)\.\.(\/|$))/, 'must be an absolute path without `..`');
const relativePath = text.regex(
  /^(?!\/)(?!(.*\/)?\.\.(\/|$))/,
  'must be a path inside the folder, without `..`',
);
const mode = z.string().regex(/^[0-7]{3,4}$/, 'must be octal digits in quotes, such as "0755"');
const version = text
  .regex(/^[\w][\w.+~-]*$/, 'must be a version')
  .refine(
    isFixedVersion,
    'is no fixed version: it has no digit, as the names of branches and channels (main, stable, latest), which can be moved',
  )
  .meta({ example: 'version: v1.2.3' });
/** Names of releases in package archives that are passed on from one release to the next. */
const movingSuite = /^((old)*stable|testing|unstable|sid|experimental|devel|rolling)(-.*)?$/;
const suite = text.refine(
  (value) => !movingSuite.test(value),
  'is passed on from one release to the next: the same recipe would make something else one day. Name the release itself, such as bookworm',
);
const moduleVersion = text.regex(
  /^v\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+incompatible)?$/,
  'must be a whole version of a Go module, such as v1.2.3; branches and half versions can move',
);
const licence = text
  .superRefine((expression, context) => {
    const message = licenceProblem(expression);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  })
  .meta({ example: 'licence: Apache-2.0' });
const sets = z
  .array(text.regex(/^[a-z][a-z0-9.-]*$/))
  .min(1)
  .meta({ example: 'sets: [core]' });
const tag = text.regex(/^\w[\w.-]{0,127}$/, 'must be a tag that a registry accepts');

const copiedFile = z.strictObject({ from: relativePath, path: absolutePath, mode: mode.optional() });

const image = z.strictObject({
  base: text.optional(),
  user: text.regex(/^\d+(:\d+)?$/, 'must be numbers: "uid:gid"').optional(),
  entrypoint: z.array(text).optional(),
  command: z.array(z.string()).optional(),
  env: z.record(text, z.string()).optional(),
  workdir: absolutePath.optional(),
  passwd: z.array(z.strictObject({ name: text, uid: z.int(), gid: z.int(), home: absolutePath })).optional(),
  directories: z
    .array(
      z.strictObject({
        path: absolutePath,
        mode: mode.optional(),
        uid: z.int().optional(),
        gid: z.int().optional(),
      }),
    )
    .optional(),
  links: z.array(z.strictObject({ path: absolutePath, target: text })).optional(),
  tag: tag.optional(),
});

const goModule = z
  .strictObject({
    module: text.optional(),
    version: moduleVersion.optional(),
    local: text.optional(),
    directory: text.optional(),
    tags: z.array(text).optional(),
    ldflags: z.array(text).optional(),
    cgo: z.boolean().optional(),
    env: z.record(text.regex(/^GO[A-Z0-9]+$/, 'must be a variable of Go'), z.string()).optional(),
    binaries: z.array(z.strictObject({ package: text, path: absolutePath })).optional(),
    files: z.array(copiedFile).optional(),
    /** Path in the module -> file of the recipe's folder that Go reads instead. */
    overlay: z.record(text, text).optional(),
  })
  .refine(
    (value) => (value.local === undefined) === (value.module !== undefined && value.version !== undefined),
    'must have either `module` and `version`, or `local`',
  )
  .refine(
    (value) => (value.binaries?.length ?? 0) + (value.files?.length ?? 0) > 0,
    'takes nothing out of the module: `binaries` or `files` is needed',
  );

const common = {
  sets,
  /** Left out of a bundle unless one of its sets, or its name, is asked for. */
  optional: z.literal(true).optional(),
  licence,
  /** What a LicenseRef-NAME in `licence` says, by that name. */
  licenceTexts: z
    .record(text.regex(/^LicenseRef-[A-Za-z0-9.-]+$/, 'must be LicenseRef-NAME'), text)
    .optional(),
  version: version.optional(),
};

const goRecipe = z.strictObject({
  kind: z.literal('go'),
  ...common,
  modules: z.array(goModule).min(1),
  files: z.array(copiedFile).optional(),
  image: image.optional(),
});
const debianRecipe = z.strictObject({
  kind: z.literal('debian'),
  ...common,
  suite,
  packages: z.array(text.regex(/^[a-z0-9][a-z0-9+.-]+$/, 'is not a name of a Debian package')).min(1),
  as: z.enum(['layer', 'debs']),
  image: image.optional(),
});
const npmRecipe = z.strictObject({
  kind: z.literal('npm'),
  ...common,
  package: text,
  files: z.array(copiedFile).min(1),
});
const filesRecipe = z.strictObject({
  kind: z.literal('files'),
  ...common,
  files: z.array(copiedFile).min(1),
  image: image.optional(),
});

const objectMatch = z.record(text, z.string());
const upstream = z.strictObject({
  module: text,
  version: moduleVersion,
  goSum: text,
  include: z.array(relativePath).min(1),
  exclude: z.array(relativePath).optional(),
  only: z.array(objectMatch).optional(),
  drop: z.array(objectMatch).optional(),
  crdsTo: z.enum(['crds', 'templates']).optional(),
  images: z.record(text, text).optional(),
  set: z
    .array(
      z.strictObject({
        kind: text,
        name: text,
        path: text.regex(/^\//, 'must be a JSON pointer: /spec/...'),
        value: z.unknown().optional(),
        expression: z.boolean().optional(),
        remove: z.boolean().optional(),
      }),
    )
    .optional(),
  namespace: text.optional(),
});
const chartRecipe = z.strictObject({
  kind: z.literal('chart'),
  ...common,
  chart: text.regex(/^[a-z0-9-]+$/, 'must be the name of a folder in charts/'),
  upstream: z.array(upstream).optional(),
});

const mirrorRecipe = z.strictObject({
  kind: z.literal('mirror'),
  ...common,
  from: text
    .refine((value) => parseUpstream(value) !== undefined, {
      error: 'must be host/repository:tag@sha256:<digest>; a tag alone can be moved to something else',
    })
    .meta({ example: 'from: registry.example.internal:5000/team/tool:v1.2.3@sha256:...' }),
  /** os/architecture[/variant] of the image that is taken out of an index; default linux/amd64. */
  platform: text
    .regex(/^[a-z0-9]+\/[a-z0-9]+(\/[a-z0-9]+)?$/, 'must be os/architecture, such as linux/amd64')
    .optional(),
});

export const recipeSchema = z.discriminatedUnion('kind', [
  goRecipe,
  debianRecipe,
  npmRecipe,
  filesRecipe,
  chartRecipe,
  mirrorRecipe,
]);

export type GoRecipe = z.output<typeof goRecipe>;
export type GoModule = GoRecipe['modules'][number];
export type DebianRecipe = z.output<typeof debianRecipe>;
export type NpmRecipe = z.output<typeof npmRecipe>;
export type FilesRecipe = z.output<typeof filesRecipe>;
export type ChartRecipe = z.output<typeof chartRecipe>;
export type MirrorRecipe = z.output<typeof mirrorRecipe>;
export type ChartUpstream = z.output<typeof upstream>;
export type ImageSettings = z.output<typeof image>;
export type CopiedFile = z.output<typeof copiedFile>;
export type RecipeBody = z.output<typeof recipeSchema>;
