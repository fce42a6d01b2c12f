import { Hono } from 'hono'
import { stream } from 'hono/streaming'
import type { WindowRequest, WireAroundRequest, WireStatsRequest } from '../../shared/wire.ts'
import { cutConnection, runOf, type Site } from '../context.ts'
import { csvChunks, exportHeader } from '../csv.ts'
import { listOf, numberOf, readBody, readQuery } from '../input.ts'
import { AroundBody, ExportQuery, StatsBody, WindowQuery, WindowsBody } from '../schemas.ts'

/** Creates the routes for a run's metrics: their names, windows and export. */
export function metricRoutes(site: Site): Hono {
  const app = new Hono()
  const most = site.config.max_render_points
  app.get('/runs/:id/metrics', async (c) => c.json(await (await runOf(site, c)).history.names()))
  app.get('/runs/:id/metrics/window', async (c) => {
    const query = readQuery(c, WindowQuery)
    const run = await runOf(site, c)
    const from = numberOf(query['from']) ?? null
    const to = numberOf(query['to']) ?? null
    const pixels = Math.min(most, numberOf(query['pixels']) ?? 1000)
    const ema = query['ema'] === undefined ? null : { weight: Number(query['ema']), per: perOf(query['per']) }
    const requests = listOf(query['name']).slice(0, 200)
    return c.json({ windows: await run.history.windows(requests.map((name) => ({ name, from, to, pixels, ema }))) })
  })
  app.post('/runs/:id/metrics/windows', async (c) => {
    const body = await readBody(c, WindowsBody)
    const run = await runOf(site, c)
    // The schema ensures that these are requests.
    const requests = body['requests'] as readonly WindowRequest[]
    const bounded = requests.map((request) => ({ ...request, pixels: Math.min(most, request.pixels ?? 1000) }))
    return c.json({ windows: await run.history.windows(bounded) })
  })
  app.post('/runs/:id/metrics/stats', async (c) => {
    const body = await readBody(c, StatsBody)
    const run = await runOf(site, c)
    // The schema ensures that these are requests; the same below.
    return c.json({ stats: await run.history.stats(body['requests'] as readonly WireStatsRequest[]) })
  })
  app.post('/runs/:id/metrics/around', async (c) => {
    const body = await readBody(c, AroundBody)
    const run = await runOf(site, c)
    return c.json({ points: await run.history.pointsAround(body['requests'] as readonly WireAroundRequest[]) })
  })
  app.get('/runs/:id/metrics/export', async (c) => {
    const query = readQuery(c, ExportQuery)
    const run = await runOf(site, c)
    const names = query['name'] === undefined ? undefined : new Set(listOf(query['name']))
    const range = { from: numberOf(query['from']) ?? null, to: numberOf(query['to']) ?? null }
    const chunks = csvChunks(run, names, range)
    const first = await chunks.next()
    c.header('Content-Type', 'text/csv; charset=utf-8')
    c.header('Content-Disposition', exportHeader(run.id, names))
    return stream(
      c,
      async (out) => {
        if (first.done !== true) await out.write(first.value)
        for await (const chunk of chunks) {
          if (out.aborted) return
          await out.write(chunk)
        }
      },
      // A truncated file must not look complete.
      async () => cutConnection(c),
    )
  })
  return app
}

// The schema allows nothing else.
function perOf(text: unknown): 'point' | 'step' {
  return text === 'step' ? 'step' : 'point'
}
