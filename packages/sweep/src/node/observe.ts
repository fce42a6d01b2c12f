import type { SweepConfig } from '../config/config.ts'
import type { Executor, Observation } from '../executor/executor.ts'
import { openAttempt, openAttempts } from '../executor/open-attempts.ts'
import type { SeenRow } from '../journal/event.ts'
import type { Fold } from '../journal/fold.ts'
import { newestAttempt } from '../journal/trial-state.ts'
import { executorsInUse } from './executors.ts'
import type { Workspace } from './workspace.ts'

/**
 * Returns what a sweep's executors report about its open attempts. It runs without a claim because it may take a long time.
 */
export async function observeAll(workspace: Workspace, config: SweepConfig): Promise<Observation> {
  return observeOn(workspace, executorsInUse(workspace, config))
}

export async function observeOn({ journal }: Workspace, executors: readonly Executor[]): Promise<Observation> {
  const all = await Promise.all(
    executors.map((executor) => {
      const open = openAttempts(journal.fold, executor.name).map(([record, attempt]) => openAttempt(record, attempt))
      return open.length === 0 ? { rows: [], silent: [] } : executor.observe(open)
    }),
  )
  return { rows: all.flatMap(({ rows }) => rows), silent: all.flatMap(({ silent }) => silent) }
}

/** Returns the rows that are still valid: those about a trial's latest attempt. */
export function validRows(fold: Fold, rows: readonly SeenRow[]): readonly SeenRow[] {
  return rows.filter(([i, n]) => {
    const record = fold.trials.get(i)
    return record !== undefined && newestAttempt(record)?.n === n
  })
}

/** Applies rows that are not in the journal to a fold. Returns a function that undoes this. */
export function showRows(fold: Fold, rows: readonly SeenRow[]): () => void {
  const valid = validRows(fold, rows)
  const before = valid.flatMap(([i]) => {
    const record = fold.trials.get(i)
    const attempt = record === undefined ? undefined : newestAttempt(record)
    return attempt === undefined ? [] : [{ attempt, kept: { ...attempt } }]
  })
  fold.apply({ n: 0, k: 0, ts: 0, by: '', event: { type: 'seen', rows: valid } })
  return () => {
    for (const { attempt, kept } of before) Object.assign(attempt, { seen: kept.seen, r: kept.r, facts: kept.facts })
  }
}
