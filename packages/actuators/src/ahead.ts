import type { Json } from '@hotcb/protocol'
import { shownValues } from './cell.ts'
import type { Live } from './live.ts'

/** The values of one control at the next steps. */
export interface UpcomingValues {
  readonly key: string
  /** The step of the first row. */
  readonly first: number
  /** One row per step, each with one value for each parameter group. */
  readonly rows: readonly (readonly Json[])[]
}

/**
 * Returns the values of all controls that a schedule or a ramp is changing, for at most `count` steps each. If a
 * schedule fails at a step, the table of its control ends before it.
 */
export function aheadOf(live: Live, step: number, count: number): readonly UpcomingValues[] {
  return [...live.moving].flatMap((actuator) => {
    const cell = live.cells.get(actuator)
    if (cell === undefined) return []
    const rows: (readonly Json[])[] = []
    const end = cell.ramp === null ? Number.POSITIVE_INFINITY : cell.ramp.first_step + cell.ramp.steps
    for (let at = step; at < step + count; at++) {
      const values = shownValues(actuator, cell, at)
      if (values === null) break
      rows.push(values)
      if (at >= end) break
    }
    return rows.length === 0 ? [] : [{ key: actuator.key, first: step, rows }]
  })
}
