import type { Operation } from './openapi.ts'
import { RecipeFileSchema, RecipeFilesSchema, RecipeTextBody, RunRecipeSchema } from './schemas-recipes.ts'

/** Routes for the recipe editor. */
export const RECIPE_PAGES: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/runs/{id}/recipe',
    right: 'read',
    summary: 'the changes of the run as a recipe, and the values before them',
    answer: RunRecipeSchema,
  },
  {
    method: 'get',
    path: '/api/runs/{id}/recipes',
    right: 'read',
    summary: 'the recipes and overlays in the run directory, each with its stamp',
    answer: RecipeFilesSchema,
  },
  {
    method: 'get',
    path: '/api/runs/{id}/recipes/{file}',
    right: 'read',
    summary: 'the text of one of them',
    answer: RecipeFileSchema,
  },
  {
    method: 'put',
    path: '/api/runs/{id}/recipes/{file}',
    right: 'own',
    summary: 'create or replace one of them; rejected if it is malformed, or has changed since it was read',
    body: RecipeTextBody,
    answer: RecipeFileSchema,
  },
]
