import { basename } from 'node:path'
import type { Run } from '@hotcb/run/node'
import { type AiMemory, NO_MEMORY, type RunMemory } from '../../ai/memory.ts'
import { readAutopilotConfigFile } from '../config-file.ts'
import { currentMomentOf, readAutopilotHistory } from '../read-story.ts'
import { readMemoryOf, writeMemory } from './memory-file.ts'
import { readDecisions } from './read-decisions.ts'

/** The next run that a model requested. */
export interface RequestedRerun {
  /** Why the model abandoned the run, in its words. */
  readonly verdict: string
  /** The number of the next run in the series; the first is 1. */
  readonly runNumber: number
}

/**
 * Returns the next run if the model abandoned this run and the stop was applied; otherwise null.
 *
 * @param sinceS Epoch seconds. Earlier stops are ignored, because they belong to an earlier start of the run.
 * @throws JournalError if the log cannot be read.
 */
export function requestedRerun(run: Run, sinceS: number): RequestedRerun | null {
  const decisions = readDecisions(run, readAutopilotHistory(run, currentMomentOf(run)).actions)
  const asked = decisions.flatMap(({ actions }) => actions.filter(({ action }) => action === 'declare_rerun'))
  const seqs = new Set(asked.flatMap(({ story }) => (story?.state === 'applied' ? [story.seq] : [])))
  const stops = [...run.records('ledger')].filter(({ value }) => seqs.has(value.seq) && value.op === 'stop')
  if (!stops.some(({ value }) => value.wall_time >= sinceS)) return null
  const memory = readMemoryOf(run)
  return { verdict: memory.history.at(-1)?.verdict ?? '', runNumber: memory.runNumber + 1 }
}

/**
 * Writes the lessons from the run `from`, and from the runs before it, to the memory of `to`. If `from` was abandoned, `to` becomes the
 * next run in its series.
 */
export function copyLessons(from: Run, to: Run): void {
  const before = readMemoryOf(from)
  const name = basename(from.dir)
  const isGivenUp = before.history.at(-1)?.run === name
  const history = isGivenUp ? before.history : [...before.history, entryOf(from, name)]
  const memory: AiMemory = {
    ...NO_MEMORY,
    history,
    carried: before.carried,
    runNumber: isGivenUp ? before.runNumber + 1 : 1,
  }
  writeMemory(to, memory, { maxRuns: readAutopilotConfigFile(from).ai.maxRuns, keyMode: 'auto' })
}

/** Returns the memory entry for a run that its model did not abandon. */
function entryOf(run: Run, name: string): RunMemory {
  const { metric, value } = lastKeyValue(run)
  const verdict = metric === null ? null : `ended with ${metric} ${value ?? 'unknown'}`
  return { run: name, finalKeyMetric: value, verdict, learnings: [] }
}

function lastKeyValue(run: Run): { readonly metric: string | null; readonly value: number | null } {
  const metric = readMemoryOf(run).keyMetric ?? readAutopilotConfigFile(run).keyMetric?.name ?? null
  const value = metric === null ? undefined : run.document('run').value?.final_metrics?.[metric]
  return { metric, value: typeof value === 'number' ? value : null }
}
