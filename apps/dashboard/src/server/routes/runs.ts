import { join } from 'node:path'
import { CB_DESCRIPTOR, runFiles } from '@hotcb/protocol'
import { Hono } from 'hono'
import { runOf, type Site } from '../context.ts'
import { listOf, readQuery } from '../input.ts'
import { SparklineQuery } from '../schemas.ts'

/** Creates the routes for the list of runs, their sparklines, and the details of one run. */
export function runRoutes(site: Site): Hono {
  const app = new Hono()
  app.get('/runs', async (c) => {
    await site.registry.rows()
    // The first answer is sent soon, even if some rows have not been read yet. The socket sends the others later.
    if (!site.registry.isComplete) await site.registry.refresh(FIRST_MS)
    return c.json({
      runs: await site.registry.rows(),
      complete: site.registry.isComplete,
      problems: site.registry.problems,
    })
  })
  app.get('/sparklines', async (c) => {
    const query = readQuery(c, SparklineQuery)
    const rows = new Map((await site.registry.rows()).map((row) => [row.id, row]))
    const ids = listOf(query['id']).slice(0, MOST_SPARKLINES)
    const found = await Promise.all(
      ids.map(async (id) => {
        const run = await site.registry.find(id)
        const metric = typeof query['metric'] === 'string' ? query['metric'] : rows.get(id)?.key_metric?.name
        if (run === undefined || metric === undefined) return undefined
        return [id, await site.sparklines.read(join(run.dir, runFiles.metrics), metric, run.roots)] as const
      }),
    )
    return c.json({ sparklines: Object.fromEntries(found.filter((entry) => entry !== undefined)) })
  })
  app.get('/runs/:id', async (c) => c.json(await (await runOf(site, c)).detail()))
  app.get('/runs/:id/controls', async (c) => c.json({ controls: (await (await runOf(site, c)).detail()).controls }))
  app.get('/runs/:id/callbacks', async (c) => {
    const { state } = await (await runOf(site, c)).detail()
    return c.json({ callbacks: state?.modules[CB_DESCRIPTOR.name] ?? {} })
  })
  return app
}

const FIRST_MS = 300
const MOST_SPARKLINES = 100
