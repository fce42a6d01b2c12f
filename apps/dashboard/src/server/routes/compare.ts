import { Hono } from 'hono'
import type { CompareSeriesRequest } from '../../shared/compare-wire.ts'
import { readAxisKnots } from '../compare/axis-knots.ts'
import { readCompareFacts } from '../compare/compare-facts.ts'
import { readCompareSeries } from '../compare/compare-series.ts'
import { firstDivergence } from '../compare/divergence.ts'
import type { Site } from '../context.ts'
import { readBody, readQuery } from '../input.ts'
import { notFound } from '../problem.ts'
import type { OpenRun } from '../run.ts'
import { CompareRunsBody, CompareSeriesBody, DivergenceQuery } from '../schemas-compare.ts'

/** Creates the routes for the page that compares runs. */
export function compareRoutes(site: Site): Hono {
  const { annotations, registry, table } = site
  const app = new Hono()
  app.post('/compare/series', async (c) => {
    // The schema ensures the type; the same below.
    const request = (await readBody(c, CompareSeriesBody)) as unknown as CompareSeriesRequest
    return c.json(await readCompareSeries(registry, request))
  })
  app.post('/compare/facts', async (c) => {
    const { runs } = (await readBody(c, CompareRunsBody)) as { readonly runs: readonly string[] }
    return c.json({ runs: await readCompareFacts(registry, annotations, await table.runs(runs)) })
  })
  app.post('/compare/axes', async (c) => {
    const { runs } = (await readBody(c, CompareRunsBody)) as { readonly runs: readonly string[] }
    const found = await table.runs(runs)
    const knots = await Promise.all(found.map(async ({ run }) => [run.id, await readAxisKnots(run)] as const))
    return c.json({ axes: Object.fromEntries(knots) })
  })
  app.get('/compare/divergence', async (c) => {
    const query = readQuery(c, DivergenceQuery)
    const [a, b] = await Promise.all([openOf(site, query['a']), openOf(site, query['b'])])
    return c.json(await firstDivergence(a.history, b.history))
  })
  return app
}

async function openOf({ registry }: Site, id: unknown): Promise<OpenRun> {
  const run = await registry.open(String(id))
  if (run === undefined) throw notFound(`run \`${String(id).slice(0, 100)}\``)
  return run
}
