import { messageOf } from '@hotcb/protocol'
import { isSweepError } from '@hotcb/sweep/node'
import type { SweepFailure, SweepQuestion, SweepQuestions, SweepReply, SweepRequest } from './messages.ts'
import { type OpenSweep, openSweep } from './open-sweep.ts'
import { requestOf, setOf } from './sweep-control.ts'
import { detailOfSweep, detailOfTrial, rowOfSweep } from './sweep-facts.ts'
import { answerOf, monitorOf } from './sweep-monitor.ts'
import { contourOf, curvesOf, decisionsOf, importanceOf, lineageOf } from './sweep-queries.ts'
import { createTrialTable, type TrialTable } from './trial-columns.ts'

/** Answers requests about sweeps, and keeps the most recently requested sweeps open. */
export interface SweepAnswers {
  /** Never rejects: an error is a reply too. */
  answer(request: SweepRequest): Promise<SweepReply>
  close(): void
}

interface Kept {
  readonly sweep: OpenSweep
  readonly tables: Map<string, TrialTable>
}

/** Finds an open sweep by its directory. */
type Keep = (dir: string) => Kept

const MOST_SWEEPS = 8
const MOST_TABLES = 4

/** @param open Opens a sweep by its directory. */
export function openSweepAnswers(open: (dir: string) => OpenSweep = openSweep): SweepAnswers {
  const kept = new Map<string, Kept>()
  const keep: Keep = (dir) => {
    const one = kept.get(dir) ?? { sweep: open(dir), tables: new Map<string, TrialTable>() }
    kept.delete(dir)
    kept.set(dir, one)
    for (const [oldest, { sweep }] of kept) {
      if (kept.size <= MOST_SWEEPS) break
      kept.delete(oldest)
      sweep.close()
    }
    return one
  }
  const answers = answersFrom(keep)
  return {
    async answer({ id, place, kind, asked }) {
      try {
        // TypeScript cannot verify that kind and argument match.
        const value = await answers[kind](place, asked as never)
        return { id, kind: 'answer', value }
      } catch (error) {
        const message = isSweepError(error) ? error.lines.join('; ') : messageOf(error)
        return { id, kind: 'failure', code: codeOf(error), message }
      }
    },
    close() {
      for (const { sweep } of kept.values()) sweep.close()
      kept.clear()
    },
  }
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

function answersFrom(keep: Keep): Answers {
  /** Returns an open sweep, whose state may be a moment old. */
  const read = async (dir: string): Promise<OpenSweep> => {
    const { sweep } = keep(dir)
    await sweep.status()
    return sweep
  }
  return {
    row: (place) => rowOfSweep(place, () => keep(place.dir).sweep),
    detail: (place) => detailOfSweep(place, keep(place.dir).sweep),
    trials: ({ dir }, { metric, since }) => {
      const one = keep(dir)
      return tableOf(one, metric ?? one.sweep.objective().metric).since(since)
    },
    trial: async ({ dir }, { i }) => {
      const detail = await detailOfTrial(keep(dir).sweep, i)
      if (detail === undefined) throw new NotFound(`trial ${i} does not exist`)
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
}

class NotFound extends Error {}

function codeOf(error: unknown): SweepFailure {
  if (error instanceof NotFound) return 'not_found'
  if (error instanceof RangeError) return 'refused'
  if (!isSweepError(error)) return 'internal'
  return error.code === 'unanswered' || error.code === 'claimed' ? 'unanswered' : 'refused'
}
