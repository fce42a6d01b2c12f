import { pythonStr } from '@hotcb/expr'
import type { SweepConfig } from '../config/config.ts'
import { NONE, type Value } from '../value.ts'
import { createConditions } from './conditions.ts'
import type { Outcome } from './outcome.ts'
import { formatG } from './python-text.ts'
import { rowsOf } from './rows.ts'
import type { PlannedTrial } from './trial.ts'

/** The maximum number of combinations in a sweep. */
export const MOST_TRIALS = 1_000_000

/** Returns a grid's combinations after conditions, without duplicates, in index order. */
export function planGrid(config: SweepConfig): Outcome<readonly PlannedTrial[]> {
  const rows = rowsOf(config)
  if (rows.count > MOST_TRIALS) {
    return { ok: false, message: `the grid has ${rows.count} combinations; the limit is ${MOST_TRIALS}` }
  }
  const apply = createConditions(config.conditions, rows.parameters)
  const names = rows.parameters.map(({ name }) => name)
  const planned: PlannedTrial[] = []
  const seen = new Set<string>()
  let problem: string | undefined
  rows.each((values) => {
    if (problem !== undefined) return
    const applied = apply(values)
    if (!applied.ok) {
      problem = applied.message
      return
    }
    if (applied.value.kind === 'excluded') return
    const { extras } = applied.value
    const params = names.map(
      (name, at) => [name, applied.value.kind === 'kept' ? valueAt(applied.value.values, at) : NONE] as const,
    )
    // Only conditions can make two combinations equal.
    if (config.conditions.length > 0) {
      const key = dedupeKey(params.map(([, value]) => value))
      if (seen.has(key)) return
      seen.add(key)
    }
    planned.push({ params, extras })
  })
  if (problem !== undefined) return { ok: false, message: problem }
  if (planned.length === 0)
    return { ok: false, message: 'the conditions exclude every combination, so no trial is left' }
  return { ok: true, value: planned }
}

function valueAt(values: readonly Value[], at: number): Value {
  return values[at] ?? NONE
}

/**
 * Returns a key that is equal for combinations that count as one, as in HyperHerd: combinations whose values have the same text, with
 * floats to ten digits. A forced 12 equals a 12.0 in the grid.
 */
export function dedupeKey(values: readonly Value[]): string {
  return values.map((value) => (value.type === 'float' ? formatG(value.value, 10) : pythonStr(value))).join('\0')
}
