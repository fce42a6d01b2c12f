import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { type Context, Hono } from 'hono'
import type {
  SweepDetail,
  SweepList,
  SweepMonitor,
  SweepWant,
  TrialChoice,
  TrialDetail,
} from '../../shared/sweeps/sweep-wire.ts'
import { authorOf, requireRate, type Site } from '../context.ts'
import { readBody, readQuery } from '../input.ts'
import { readOutputTail } from '../output-tail.ts'
import { notFound } from '../problem.ts'
import type { FoundRun } from '../run-finder.ts'
import {
  AnswerBody,
  ContourBody,
  CurvesBody,
  DecisionsQuery,
  ImportanceBody,
  SetBody,
  TrialRequestBody,
  TrialsQuery,
} from '../schemas-sweeps.ts'

/** Creates the routes for sweeps: their state, and requests about their trials. */
export function sweepRoutes(site: Site): Hono {
  const app = new Hono()
  readRoutes(app, site)
  analysisRoutes(app, site)
  changeRoutes(app, site)
  monitorRoutes(app, site)
  return app
}

function readRoutes(app: Hono, { registry, sweeps, sweepDriver }: Site): void {
  app.get('/sweeps', async (c) => {
    const places = await registry.sweeps()
    const list: SweepList = { sweeps: await Promise.all(places.map((place) => sweeps.ask(place, 'row', {}))) }
    return c.json(list)
  })
  app.get('/sweeps/:id', async (c) => {
    const detail: SweepDetail = {
      ...(await sweeps.ask(await placeOf(registry, c), 'detail', {})),
      can_drive: sweepDriver !== undefined,
    }
    return c.json(detail)
  })
  app.get('/sweeps/:id/trials', async (c) => {
    const { metric, since } = readQuery(c, TrialsQuery)
    const asked = { metric: textOrNull(metric), since: textOrNull(since) }
    return packed(c, await sweeps.ask(await placeOf(registry, c), 'trials', asked))
  })
  app.get('/sweeps/:id/trials/:i', async (c) => {
    const place = await placeOf(registry, c)
    const i = indexOf(c)
    const detail = await sweeps.ask(place, 'trial', { i })
    const logs = join(place.dir, '.hyperherd', 'logs')
    const [output, errors] = await Promise.all(
      ['out', 'err'].map((kind) => readOutputTail(join(logs, `${i}.${kind}`), place.roots)),
    )
    const answer: TrialDetail = { ...detail, output: output?.text ?? null, errors: errors?.text ?? null }
    return c.json(answer)
  })
  app.post('/sweeps/:id/trials/:i/run', async (c) => {
    const place = await placeOf(registry, c)
    const i = indexOf(c)
    const { controllable } = await sweeps.ask(place, 'trial', { i })
    const dir = join(place.dir, '.hyperherd', 'results', String(i))
    const run = await registry.include(dir, `${place.name}/${i}`).catch(() => undefined)
    if (run === undefined) throw notFound(`a run directory of trial ${i}`)
    return c.json({ run, controllable })
  })
  app.get('/sweeps/:id/decisions', async (c) => {
    const after = Number(readQuery(c, DecisionsQuery)['after'] ?? 0)
    return packed(c, await sweeps.ask(await placeOf(registry, c), 'decisions', { after }))
  })
  app.get('/sweeps/:id/lineage', async (c) => {
    return packed(c, await sweeps.ask(await placeOf(registry, c), 'lineage', {}))
  })
}

function monitorRoutes(app: Hono, site: Site): void {
  const { registry, sweeps } = site
  app.get('/sweeps/:id/monitor', async (c) => {
    const place = await placeOf(registry, c)
    const monitor = await sweeps.ask(place, 'monitor', {})
    const plan = await readOutputTail(join(place.dir, '.hyperherd', 'MONITOR_PLAN.md'), place.roots)
    const answer: SweepMonitor = { ...monitor, plan: plan?.text ?? null }
    return packed(c, answer)
  })
  app.post('/sweeps/:id/monitor/answers', async (c) => {
    const body = await readBody(c, AnswerBody)
    const place = await placeOf(registry, c)
    requireRate(c, site)
    const by = authorOf(site, c, textOrNull(body['author'])) ?? 'dashboard'
    const verdict = body['verdict'] === 'approved' ? 'approved' : 'rejected'
    return c.json(await sweeps.ask(place, 'answer', { id: String(body['proposal']), verdict, by }))
  })
}

function analysisRoutes(app: Hono, { registry, sweeps }: Site): void {
  app.post('/sweeps/:id/curves', async (c) => {
    const { metric, trials, points } = await readBody(c, CurvesBody)
    // The schema ensures these types; the same below.
    const asked = { metric: textOrNull(metric), trials: trials as readonly number[], points: Number(points ?? 200) }
    return packed(c, await sweeps.ask(await placeOf(registry, c), 'curves', asked))
  })
  app.post('/sweeps/:id/importance', async (c) => {
    const asked = analysed(await readBody(c, ImportanceBody))
    return c.json(await sweeps.ask(await placeOf(registry, c), 'importance', asked))
  })
  app.post('/sweeps/:id/contour', async (c) => {
    const body = await readBody(c, ContourBody)
    const asked = { ...analysed(body), x: String(body['x']), y: String(body['y']) }
    return packed(c, await sweeps.ask(await placeOf(registry, c), 'contour', asked))
  })
}

function changeRoutes(app: Hono, site: Site): void {
  const { registry, sweeps, sweepDriver } = site
  app.post('/sweeps/:id/requests', async (c) => {
    const body = await readBody(c, TrialRequestBody)
    const place = await placeOf(registry, c)
    requireRate(c, site)
    const by = `dashboard:${authorOf(site, c, textOrNull(body['author'])) ?? 'user'}`
    const want = body['want'] as SweepWant
    const choice = body['choice'] as TrialChoice
    const asked = { want, choice, why: textOrNull(body['reason']), by, driver: sweepDriver ?? null }
    return c.json(await sweeps.ask(place, 'request', asked))
  })
  app.post('/sweeps/:id/set', async (c) => {
    const body = await readBody(c, SetBody)
    const place = await placeOf(registry, c)
    requireRate(c, site)
    const choice = body['choice'] as TrialChoice
    const author = authorOf(site, c, textOrNull(body['author']))
    const pairs = body['set'] as readonly string[]
    return c.json(await sweeps.ask(place, 'set', { choice, pairs, note: textOrNull(body['note']), author }))
  })
}

function analysed(body: Readonly<Record<string, unknown>>) {
  const { metric, stage, trials } = body
  return {
    metric: textOrNull(metric),
    stage: textOrNull(stage),
    trials: (trials ?? null) as readonly number[] | null,
  }
}

async function placeOf(registry: Site['registry'], c: Context): Promise<FoundRun> {
  const id = c.req.param('id') ?? ''
  const place = (await registry.sweeps()).find((one) => one.id === id)
  if (place === undefined) throw notFound(`sweep \`${id.slice(0, 100)}\``)
  return place
}

function indexOf(c: Context): number {
  const text = c.req.param('i') ?? ''
  if (!/^\d{1,9}$/.test(text)) throw notFound(`trial \`${text.slice(0, 20)}\``)
  return Number(text)
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

const zip = promisify(gzip)
const LEAST_ZIPPED = 2000

/** Sends a long answer, compressed if the client accepts that. Ten thousand trials take three times as many bytes without compression. */
async function packed(c: Context, body: unknown): Promise<Response> {
  const text = JSON.stringify(body)
  const isZipped = text.length >= LEAST_ZIPPED && /\bgzip\b/.test(c.req.header('accept-encoding') ?? '')
  const headers = { 'Content-Type': 'application/json', Vary: 'Accept-Encoding' }
  if (!isZipped) return c.body(text, 200, headers)
  return c.body(new Uint8Array(await zip(text, { level: 6 })), 200, { ...headers, 'Content-Encoding': 'gzip' })
}
