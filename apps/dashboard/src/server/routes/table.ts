import { Hono } from 'hono'
import type { LabelChange } from '../../shared/labels.ts'
import type { TableQuery } from '../../shared/table/table-wire.ts'
import { authorOf, requireRate, type Site } from '../context.ts'
import { readBody } from '../input.ts'
import type { SavedViews } from '../labels/saved-views.ts'
import { LabelsBody, TableBody, ViewBody, ViewDeletion } from '../schemas-table.ts'

/** Creates the routes for pages of the table of runs, run labels, and saved views. */
export function tableRoutes(site: Site): Hono {
  const { table, labels, views, chartViews, registry } = site
  const app = new Hono()
  // The schema ensures the type; the same below.
  app.post('/table', async (c) => c.json(await table.page((await readBody(c, TableBody)) as TableQuery)))
  app.get('/table/columns', async (c) => c.json(await table.columns()))
  app.post('/labels', async (c) => {
    const change = (await readBody(c, LabelsBody)) as unknown as LabelChange
    requireRate(c, site)
    await labels.change(change, (id) => registry.find(id))
    const changed = await table.runs(change.runs)
    return c.json({ labels: Object.fromEntries(changed.map((run) => [run.row.id, run.labels])) })
  })
  viewRoutes(app, site, '/views', views)
  viewRoutes(app, site, '/chart-views', chartViews)
  return app
}

function viewRoutes(app: Hono, site: Site, path: string, views: SavedViews): void {
  app.get(path, async (c) => c.json(await views.read()))
  app.put(path, async (c) => {
    const body = await readBody(c, ViewBody)
    const {
      name,
      query,
      version = null,
      author,
    } = body as {
      readonly name: string
      readonly query: string
      readonly version?: number | null
      readonly author?: string | null
    }
    requireRate(c, site)
    await views.save({ name, query, version, author: authorOf(site, c, author) })
    return c.json(await views.read())
  })
  app.delete(path, async (c) => {
    const body = await readBody(c, ViewDeletion)
    requireRate(c, site)
    await views.remove(String(body['name']), Number(body['version']))
    return c.json(await views.read())
  })
}
