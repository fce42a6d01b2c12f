import { Hono } from 'hono'
import { runOf, type Site } from '../context.ts'
import { readTree } from '../tree/run-tree.ts'

/** The checkpoints of a run, the courses between them, and the runs that were branched. */
export function treeRoutes(site: Site): Hono {
  const app = new Hono()
  app.get('/runs/:id/tree', async (c) => c.json(await readTree(await runOf(site, c), site.registry)))
  return app
}
