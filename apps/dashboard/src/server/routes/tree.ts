import { Hono } from 'hono'
import { runOf, type Site } from '../context.ts'
import { readTree } from '../tree/run-tree.ts'

/**
 * Creates the route for a run's checkpoints, the stretches that were trained between them, and the runs that branch from it.
 */
export function treeRoutes(site: Site): Hono {
  const app = new Hono()
  app.get('/runs/:id/tree', async (c) => c.json(await readTree(await runOf(site, c), site.registry)))
  return app
}
