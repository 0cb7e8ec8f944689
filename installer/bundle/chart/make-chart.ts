import { PerimeterError } from '../../base/errors.ts';
import type { MadeArtifact, Workshop } from '../build/made-artifact.ts';
import type { Recipe } from '../recipe/load-recipes.ts';
import type { ChartRecipe } from '../recipe/schema.ts';

export async function makeChart(recipe: Recipe<ChartRecipe>, _workshop: Workshop): Promise<MadeArtifact> {
  throw new PerimeterError('E_BUILD_FAILED', { message: `${recipe.name}: charts come next`, hint: '' });
}
