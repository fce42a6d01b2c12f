import { parentPort } from 'node:worker_threads'
import { messageOf } from '@hotcb/protocol'
import { isSweepError } from '@hotcb/sweep/node'
import type { SweepFailure, SweepQuestion, SweepQuestions, SweepReply, SweepRequest } from './messages.ts'
import { type OpenSweep, openSweep } from './open-sweep.ts'
import { requestOf, setOf } from './sweep-control.ts'
import { detailOfSweep, detailOfTrial, rowOfSweep } from './sweep-facts.ts'
import { answerOf, monitorOf } from './sweep-monitor.ts'
import { contourOf, curvesOf, decisionsOf, importanceOf, lineageOf } from './sweep-queries.ts'
import { createTrialTable, type TrialTable } from './trial-columns.ts'

// The thread that reads the sweeps of one dashboard. It keeps the most recently requested ones open.

interface Kept {
  readonly sweep: OpenSweep
  readonly tables: Map<string, TrialTable>
}

const MOST_SWEEPS = 8
const MOST_TABLES = 4
const kept = new Map<string, Kept>()

function keep(dir: string): Kept {
  const one = kept.get(dir) ?? { sweep: openSweep(dir), tables: new Map<string, TrialTable>() }
  kept.delete(dir)
  kept.set(dir, one)
  for (const [oldest, { sweep }] of kept) {
    if (kept.size <= MOST_SWEEPS) break
    kept.delete(oldest)
    sweep.close()
  }
  return one
}

function tableOf({ sweep, tables }: Kept, metric: string | null): TrialTable {
  const key = metric ?? ''
  const table = tables.get(key) ?? createTrialTable(sweep, metric)
  tables.delete(key)
  tables.set(key, table)
  for (const oldest of tables.keys()) if (tables.size > MOST_TABLES) tables.delete(oldest)
  return table
}

type Answers = {
  readonly [Kind in SweepQuestion]: (
    place: SweepRequest['place'],
    asked: SweepQuestions[Kind]['asked'],
  ) => SweepQuestions[Kind]['answer'] | Promise<SweepQuestions[Kind]['answer']>
}

const ANSWERS: Answers = {
  row: (place) => rowOfSweep(place, () => keep(place.dir).sweep),
  detail: (place) => detailOfSweep(place, keep(place.dir).sweep),
  trials: ({ dir }, { metric, since }) => {
    const one = keep(dir)
    return tableOf(one, metric ?? one.sweep.objective().metric).since(since)
  },
  trial: async ({ dir }, { i }) => {
    const detail = await detailOfTrial(keep(dir).sweep, i)
    if (detail === undefined) throw new NotFound(`trial ${i} is not there`)
    return { ...detail, output: null, errors: null }
  },
  curves: ({ dir }, { metric, trials, points }) => {
    const { sweep } = keep(dir)
    return curvesOf(sweep, metric ?? sweep.objective().metric, trials, points)
  },
  decisions: async ({ dir }, { after }) => decisionsOf(await read(dir), after),
  lineage: async ({ dir }) => lineageOf(await read(dir)),
  importance: async ({ dir }, asked) => {
    const sweep = await read(dir)
    return importanceOf(sweep, { ...asked, metric: asked.metric ?? sweep.objective().metric })
  },
  contour: async ({ dir }, asked) => {
    const sweep = await read(dir)
    return contourOf(sweep, { ...asked, metric: asked.metric ?? sweep.objective().metric })
  },
  request: async ({ dir }, asked) => {
    const answer = await requestOf(dir, asked)
    keep(dir).sweep.hasChanged()
    return answer
  },
  set: ({ dir }, asked) => setOf(dir, asked),
  monitor: ({ dir }) => monitorOf(keep(dir).sweep),
  answer: ({ dir }, asked) => answerOf(keep(dir).sweep, asked),
}

/** The sweep as of a moment ago. */
async function read(dir: string): Promise<OpenSweep> {
  const { sweep } = keep(dir)
  await sweep.status()
  return sweep
}

class NotFound extends Error {}

parentPort?.on('message', async (request: SweepRequest) => {
  const { id, place, kind, asked } = request
  try {
    // The compiler cannot see that kind and argument belong together.
    const value = await ANSWERS[kind](place, asked as never)
    say({ id, kind: 'answer', value })
  } catch (error) {
    const message = isSweepError(error) ? error.lines.join('; ') : messageOf(error)
    say({ id, kind: 'failure', code: codeOf(error), message })
  }
})

function codeOf(error: unknown): SweepFailure {
  if (error instanceof NotFound) return 'not_found'
  if (error instanceof RangeError) return 'refused'
  if (!isSweepError(error)) return 'internal'
  return error.code === 'unanswered' || error.code === 'claimed' ? 'unanswered' : 'refused'
}

function say(reply: SweepReply): void {
  parentPort?.postMessage(reply)
}
