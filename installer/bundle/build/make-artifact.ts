import type { Recipe } from '../recipe/load-recipes.ts';
import type {
  ChartRecipe,
  DebianRecipe,
  FilesRecipe,
  GoRecipe,
  MirrorRecipe,
  NpmRecipe,
} from '../recipe/schema.ts';
import type { MadeArtifact, Workshop } from './made-artifact.ts';

/** Makes one artifact from its source. Each maker is loaded only when something has to be made. */
export async function makeArtifact(recipe: Recipe, workshop: Workshop): Promise<MadeArtifact> {
  switch (recipe.body.kind) {
    case 'go': {
      const { makeGo } = await import('../go/make-go.ts');
      return await makeGo(recipe as Recipe<GoRecipe>, workshop);
    }
    case 'debian': {
      const { makeDebian } = await import('../debian/make-debian.ts');
      return await makeDebian(recipe as Recipe<DebianRecipe>, workshop);
    }
    case 'npm': {
      const { makeNpm } = await import('./make-copies.ts');
      return await makeNpm(recipe as Recipe<NpmRecipe>, workshop);
    }
    case 'files': {
      const { makeFiles } = await import('./make-copies.ts');
      return await makeFiles(recipe as Recipe<FilesRecipe>, workshop);
    }
    case 'mirror': {
      const { makeMirror } = await import('../mirror/make-mirror.ts');
      return await makeMirror(recipe as Recipe<MirrorRecipe>, workshop);
    }
    case 'chart': {
      const { makeChart } = await import('../chart/make-chart.ts');
      return await makeChart(recipe as Recipe<ChartRecipe>, workshop);
    }
  }
}
