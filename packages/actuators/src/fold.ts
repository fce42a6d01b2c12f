import { messageOf, type Op } from '@hotcb/protocol'
import { write, writeCell } from './access.ts'
import type { Actuator } from './actuator.ts'
import { type Cell, isInitial } from './cell.ts'
import { initialCells, type Live, settle } from './live.ts'
import { planOp } from './plan.ts'
import type { Registry } from './registry.ts'

/** An op from the history, with the step at which it was applied. */
export interface FoldedOp {
  readonly op: Op
  readonly step: number
  /** The run's total number of steps, as known at that time. */
  readonly total: number | null
}

/** An op that is invalid at its place in the history. */
export interface OpMismatch {
  /** Its index among the ops, from 0. */
  readonly index: number
  readonly reason: string
  /** The invalid key of its params, if the problem is about one key. */
  readonly key: string | null
}

/**
 * Computes the result of the ops, starting from the values at registration. Nothing is written. Invalid ops have no effect.
 */
export function foldCells(
  registry: Registry,
  ops: Iterable<FoldedOp>,
): { readonly cells: ReadonlyMap<Actuator, Cell>; readonly mismatches: readonly OpMismatch[] } {
  const mismatches: OpMismatch[] = []
  const cells = initialCells(registry)
  let index = 0
  for (const { op, step, total } of ops) {
    const plan = planOp(registry, cells, op, { step, total })
    if (!plan.ok)
      mismatches.push({ index, reason: `step ${step}: ${op.module} ${op.op}: ${plan.reason}`, key: plan.key ?? null })
    else for (const { actuator, cell } of plan.value.changes) cells.set(actuator, cell)
    index++
  }
  return { cells, mismatches }
}

/**
 * Sets everything to the result of the ops, as of `step`.
 *
 * @returns One line for each invalid op, and for each setter that threw.
 */
export function foldInto(live: Live, ops: Iterable<FoldedOp>, step: number): readonly string[] {
  const { cells, mismatches } = foldCells(live.registry, ops)
  const problems = mismatches.map(({ reason }) => reason)
  live.step = step
  for (const [actuator, cell] of cells) {
    const before = live.cells.get(actuator)
    const isNew = !isInitial(actuator, cell)
    settle(live, actuator, cell, cell.enabled ? 'untouched' : 'disabled')
    if (!isNew && live.isWritten && isUnmoved(live, actuator, before, step)) continue
    try {
      // Before step 0 a schedule has not changed anything yet, so values that were set there count as set at step 0.
      const isBefore = step < 0 && !isNew
      if (isBefore && actuator.setScale === undefined) write(actuator, actuator.initial)
      else writeCell(actuator, cell, Math.max(0, step))
      if (cell.enabled && isNew) settle(live, actuator, cell, 'unverified')
    } catch (error) {
      problems.push(`\`${actuator.key}\` could not be set: ${messageOf(error)}`)
    }
  }
  live.isWritten = true
  live.version++
  return problems
}

// Values that the trainer already has are not written.
function isUnmoved(live: Live, actuator: Actuator, before: Cell | undefined, step: number): boolean {
  if (actuator.schedule !== undefined && (step >= 0 || live.isTicked)) return false
  return before !== undefined && isInitial(actuator, before)
}
