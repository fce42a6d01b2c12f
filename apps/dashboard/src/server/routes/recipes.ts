import { Hono } from 'hono'
import { requireRate, runOf, type Site } from '../context.ts'
import { readBody } from '../input.ts'
import { Problem } from '../problem.ts'
import { listRecipeFiles, readRecipeFile, writeRecipeFile } from '../recipes/recipe-files.ts'
import { readRunRecipe } from '../recipes/run-recipe.ts'
import { RecipeTextBody } from '../schemas-recipes.ts'

/** Creates the routes for a run's recipe, and for the recipe and overlay files in its directory. */
export function recipeRoutes(site: Site): Hono {
  const app = new Hono()
  app.get('/runs/:id/recipe', async (c) => c.json(await readRunRecipe(await runOf(site, c))))
  app.get('/runs/:id/recipes', async (c) => c.json({ files: await listRecipeFiles(await runOf(site, c)) }))
  app.get('/runs/:id/recipes/:file', async (c) =>
    c.json(await readRecipeFile(await runOf(site, c), c.req.param('file'))),
  )
  app.put('/runs/:id/recipes/:file', async (c) => {
    // The schema ensures the types.
    const { text, stamp } = (await readBody(c, RecipeTextBody)) as { text: string; stamp: string | null }
    const run = await runOf(site, c)
    requireRate(c, site)
    const { read_only } = await run.state()
    if (read_only !== null) throw new Problem(409, 'read_only', read_only)
    return c.json(await writeRecipeFile(run, { file: c.req.param('file'), text, stamp }))
  })
  return app
}
