import { accept, refuse } from '@spectra/schemas';
import type { FieldError, RecipeVersion, Result } from '@spectra/schemas';

/** A run may use a version of a named recipe only while it is approved; its state is told otherwise. */
export function recipeGate(recipe: RecipeVersion): Result<RecipeVersion> {
  if (recipe.status === 'approved') return accept(recipe);
  const since = recipe.status_reason === null ? '' : ` (${recipe.status_reason})`;
  return notApproved(recipe, `is ${recipe.status}${since}`, { status: 'approved' });
}

/** The refusal of a recipe version, whatever the reason. */
export function notApproved(
  recipe: RecipeVersion,
  message: string,
  limit: FieldError['limit'],
): Result<never> {
  return refuse('recipe_not_approved', `Version ${recipe.version} of recipe "${recipe.name}" ${message}`, [
    { path: 'recipe_version', message, value: recipe.version, limit },
  ]);
}
