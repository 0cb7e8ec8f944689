import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadRecipes, versionOf } from '../../../../installer/bundle/recipe/load-recipes.ts';

const goRecipe = `kind: go
sets: [core]
licence: Apache-2.0
modules:
  - module: example.org/tool/v2
    version: v2.10.0
    binaries:
      - {package: example.org/tool/v2, path: /usr/local/bin/tool}
`;

async function problemsOf(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'recipes-'));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder.path, path)), { recursive: true });
    await writeFile(join(folder.path, path), text);
  }
  try {
    await loadRecipes(folder.path);
    return [];
  } catch (error) {
    expect(error).toMatchObject({ code: 'E_RECIPE_INVALID' });
    return (error as { findings: readonly string[] }).findings;
  }
}

describe('recipes', () => {
  it('are read with the version of their first module', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'recipes-'));
    await mkdir(join(folder.path, 'tool'));
    await mkdir(join(folder.path, 'only-go-mod'));
    await writeFile(join(folder.path, 'tool', 'source.yaml'), goRecipe);
    const [recipe, ...more] = await loadRecipes(folder.path);
    expect(more).toEqual([]);
    expect(recipe).toMatchObject({ name: 'tool', directory: join(folder.path, 'tool') });
    expect(recipe && versionOf(recipe.body)).toBe('v2.10.0');
  });

  it('may have a licence of their own, when its text is there or it is one that is documented', async () => {
    const own = `${goRecipe.replace('Apache-2.0', 'LicenseRef-Acme OR LicenseRef-Ubuntu')}licenceTexts: {LicenseRef-Acme: Do as you please.}\n`;
    expect(await problemsOf({ 'a/source.yaml': own })).toEqual([]);
  });

  it('report every problem of every file at once, with file and line', async () => {
    const problems = await problemsOf({
      'a/source.yaml': goRecipe.replace('licence', 'license').replace('path: /usr', 'path: usr'),
      'b/source.yaml': 'kind: debain\nsets: [core]\n',
      'c/source.yaml': goRecipe.replace('sets: [core]', 'sets: []'),
      'Caps/source.yaml': goRecipe,
    });
    expect(problems).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^images\/a\/source\.yaml:3: license: unknown key, did you mean "licence"\?/),
        expect.stringMatching(/^images\/a\/source\.yaml.*licence: is missing/),
        expect.stringMatching(/^images\/a\/source\.yaml:8: .*must be an absolute path/),
        expect.stringMatching(/^images\/b\/source\.yaml/),
        expect.stringMatching(/^images\/c\/source\.yaml:2: sets: must have at least 1 entry/),
        expect.stringMatching(/^images\/Caps.*small letters/),
      ]),
    );
  });

  it.each([
    ['a version that moves', goRecipe.replace('v2.10.0', 'latest'), 'branches and half versions can move'],
    [
      'a module without a version',
      goRecipe.replace('    version: v2.10.0\n', ''),
      'either `module` and `version`, or `local`',
    ],
    ['nothing taken out', goRecipe.replace(/ {4}binaries:\n.*\n/, ''), 'takes nothing out of the module'],
    ['a path that climbs', goRecipe.replace('/usr/local', '/usr/../..'), 'absolute path without `..`'],
    ['a user by name', `${goRecipe}image: {user: nobody}\n`, 'must be numbers'],
    [
      'a mode that is no text',
      `${goRecipe}image: {directories: [{path: /x, mode: 9}]}\n`,
      'octal digits in quotes',
    ],
    ['a base that is none', `${goRecipe}image: {base: toolbox}\n`, '"toolbox" is not a debian recipe'],
    [
      'no version at all',
      goRecipe.replace(/ {2}- module: .*\n.*\n/, '  - local: .\n'),
      'version: is missing',
    ],
    ['a branch', goRecipe.replace('v2.10.0', 'main'), 'must be a whole version of a Go module'],
    ['half a version', goRecipe.replace('v2.10.0', 'v2.10'), 'must be a whole version of a Go module'],
    [
      'a licence that nobody read',
      goRecipe.replace('Apache-2.0', 'unknown'),
      'Read the licence and write its id',
    ],
    ['a licence by another name', goRecipe.replace('Apache-2.0', 'apache-2.0'), 'did you mean Apache-2.0?'],
    [
      'a mirror by a tag',
      'kind: mirror\nsets: [core]\nlicence: MIT\nfrom: registry.example.org/team/tool:v1\n',
      'a tag alone can be moved',
    ],
    [
      'a mirror without a version',
      `kind: mirror\nsets: [core]\nlicence: MIT\nfrom: registry.example.org/team/tool@sha256:${'a'.repeat(64)}\n`,
      'version: is missing (the reference has no tag)',
    ],
    [
      'a package name that is an option',
      'kind: debian\nsets: [core]\nlicence: MIT\nsuite: bookworm\nas: debs\npackages: [--force]\n',
      'not a name of a Debian package',
    ],
    [
      '.deb files as an image',
      'kind: debian\nsets: [core]\nlicence: MIT\nsuite: bookworm\nas: debs\npackages: [jq]\nimage: {}\n',
      'no image',
    ],
    ...['main', 'stable', 'edge', 'nightly', 'master', 'dev', 'rolling', 'latest'].map((word) => [
      `a version that is the name of a branch or channel (${word})`,
      `${goRecipe}version: ${word}\n`,
      'version: is no fixed version: it has no digit',
    ]),
    [
      'a mirror whose tag is no version',
      `kind: mirror\nsets: [core]\nlicence: MIT\nfrom: registry.example.org/team/tool:main@sha256:${'a'.repeat(64)}\n`,
      'version: is missing (the tag "main" of the reference is none)',
    ],
    ...['stable', 'testing', 'unstable', 'oldstable', 'sid', 'stable-backports'].map((word) => [
      `a suite that moves on (${word})`,
      `kind: debian\nsets: [core]\nlicence: MIT\nsuite: ${word}\nas: debs\npackages: [jq]\n`,
      'suite: is passed on from one release to the next',
    ]),
    [
      'a licence of its own that nobody can read',
      goRecipe.replace('Apache-2.0', 'LicenseRef-Acme'),
      '"LicenseRef-Acme" means nothing by itself: write its text under licenceTexts',
    ],
    [
      'a licence that nobody added to the list yet',
      goRecipe.replace('Apache-2.0', 'WTFPL'),
      'add it to the list in installer/bundle/sbom/licence-expression.ts',
    ],
    [
      'the text of a licence that it does not have',
      `${goRecipe}licenceTexts: {LicenseRef-Acme: Do as you please.}\n`,
      'licenceTexts: "LicenseRef-Acme" is not in the licence "Apache-2.0"',
    ],
    [
      'a proof that is nowhere',
      'kind: chart\nsets: [core]\nlicence: MIT\nchart: x\nupstream: [{module: a.b/c, version: v1.0.0, goSum: ../gone, include: [x]}]\n',
      'there is no folder images/gone',
    ],
  ])('are refused for %s', async (_what, text, words) => {
    expect((await problemsOf({ 'x/source.yaml': text })).join('\n')).toContain(words);
  });
});
