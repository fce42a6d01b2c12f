import { join } from 'node:path'
import { type FeatureRecord, runFiles } from '@hotcb/protocol'
import { readStreamLine } from '@hotcb/run'
import { Hono } from 'hono'
import { runOf, type Site } from '../context.ts'
import { numberOf, readQuery } from '../input.ts'
import { followConfined, lastLinesOf, stampOf } from '../run-files.ts'
import { FeaturesQuery, LedgerQuery, LogQuery } from '../schemas.ts'

/** Creates the routes for a run's history: the ledger, the changes that charts mark, the log, and captured features. */
export function historyRoutes(site: Site): Hono {
  const app = new Hono()
  app.get('/runs/:id/ledger', async (c) => {
    const query = readQuery(c, LedgerQuery)
    const limit = Math.min(10_000, numberOf(query['limit']) ?? site.config.history_limit_applied)
    const run = await runOf(site, c)
    return c.json(await run.ledger.page({ before: numberOf(query['before']), limit }))
  })
  app.get('/runs/:id/markers', async (c) => {
    const run = await runOf(site, c)
    return c.json(await run.ledger.markers())
  })
  app.get('/runs/:id/log', async (c) => {
    const query = readQuery(c, LogQuery)
    const run = await runOf(site, c)
    const limit = Math.min(10_000, numberOf(query['limit']) ?? 500)
    const path = join(run.dir, runFiles.log)
    // The position is read before the lines. Lines that are written in between may arrive twice, but are never missed, and their
    // positions identify them.
    const tail = followConfined(path, run.roots)
    await tail.seekEnd()
    const { cursor } = tail
    await tail.close()
    const lines = await lastLinesOf(path, limit * 200, run.roots)
    const { size } = await stampOf(path, run.roots)
    return c.json({ lines: lines.slice(-limit).map(({ text }) => text), cursor, size })
  })
  app.get('/runs/:id/features', async (c) => {
    const query = readQuery(c, FeaturesQuery)
    const run = await runOf(site, c)
    const limit = Math.min(200, numberOf(query['limit']) ?? 20)
    const lines = await lastLinesOf(join(run.dir, runFiles.features), 4 << 20, run.roots)
    const snapshots: FeatureRecord[] = []
    for (const { text } of [...lines].reverse()) {
      const read = readStreamLine('features', text)
      if (!read.ok || (query['layer'] !== undefined && read.value.layer_name !== query['layer'])) continue
      snapshots.push(read.value)
      if (snapshots.length >= limit) break
    }
    return c.json({ snapshots: snapshots.reverse() })
  })
  return app
}
