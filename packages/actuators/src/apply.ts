import { messageOf, type Op, type Outcome, ranksOf } from '@hotcb/protocol'
import { writeCell } from './access.ts'
import type { Actuator } from './actuator.ts'
import { type Cell, isInitial, valuesAt } from './cell.ts'
import { type Live, settle } from './live.ts'
import { type Change, type PlanContext, planOp } from './plan.ts'
import { isWritten } from './verify.ts'

type Failure = Extract<Outcome, { readonly ok: false }>

/**
 * Applies an op, completely or not at all. If a setter throws, the written values are restored, and the error names its
 * control.
 */
export function applyOp(live: Live, op: Op, context: PlanContext): Outcome {
  live.step = context.step
  const plan = planOp(live.registry, live.cells, op, context)
  if (!plan.ok) return { ok: false, error: plan.reason }
  const { changes, payload, old } = plan.value
  const failure = writeAll(live, changes, context.step)
  if (failure !== null) return failure
  for (const { actuator, cell } of changes) {
    if (op.op === 'set_params') settle(live, actuator, cell, 'unverified')
    else switchTo(live, actuator, cell)
  }
  live.version++
  return { ok: true, payload, old }
}

// Enabling restores the earlier state, because a value that was verified before `disable` is still set in the trainer.
function switchTo(live: Live, actuator: Actuator, cell: Cell): void {
  if (cell.enabled) {
    const unknown = isInitial(actuator, cell) ? 'untouched' : 'unverified'
    settle(live, actuator, cell, live.statesBefore.get(actuator) ?? unknown)
    return
  }
  const before = live.states.get(actuator)
  settle(live, actuator, cell, 'disabled')
  if (before !== undefined) live.statesBefore.set(actuator, before)
}

/** Writes the values. Returns why that failed; null if it succeeded. */
function writeAll(live: Live, changes: readonly Change[], step: number): Failure | null {
  for (const change of changes) {
    const { actuator } = change
    if (actuator.check === undefined || !needsWrite(live, change)) continue
    try {
      actuator.check()
    } catch (error) {
      return { ok: false, error: `\`${actuator.key}\` cannot be set: ${messageOf(error)}` }
    }
  }
  const written: Actuator[] = []
  for (const change of changes) {
    if (!needsWrite(live, change)) continue
    const { actuator, cell } = change
    try {
      writeCell(actuator, cell, step)
      written.push(actuator)
    } catch (error) {
      const said = `apply_fn_exception: \`${actuator.key}\`: ${messageOf(error)}`
      const ranks = ranksOf(error)
      const text = said + putBack(live, written, step) + putBackFailed(live, actuator, step)
      return { ok: false, error: text, ...(ranks !== null && { ranks }) }
    }
  }
  return null
}

// Enabling and disabling write no values.
function needsWrite({ cells }: Live, { actuator, cell }: Change): boolean {
  const before = cells.get(actuator)
  return before?.values !== cell.values || before.ramp !== cell.ramp
}

/** Restores the written values. A control that accepted the new value but rejects the old one is disabled. */
function putBack(live: Live, written: readonly Actuator[], step: number): string {
  let notes = ''
  for (const actuator of written) {
    const before = live.cells.get(actuator)
    const failure = before === undefined ? null : tryWrite(actuator, before, step)
    if (before === undefined || failure === null) continue
    settle(live, actuator, { ...before, enabled: false }, 'disabled')
    live.broken.push(actuator.key)
    live.version++
    notes += `; \`${actuator.key}\` could not be restored and is disabled: ${failure}`
  }
  return notes
}

// Restores the control whose setter threw, since it may have written some of the values. The control is not disabled,
// because most setters that throw have written nothing.
function putBackFailed(live: Live, actuator: Actuator, step: number): string {
  const before = live.cells.get(actuator)
  const failure = before === undefined ? null : tryWrite(actuator, before, step)
  if (before === undefined || failure === null || holds(actuator, before, step)) return ''
  return `; \`${actuator.key}\` may have been partly written, and could not be restored: ${failure}`
}

function tryWrite(actuator: Actuator, cell: Cell, step: number): string | null {
  try {
    writeCell(actuator, cell, step)
    return null
  } catch (error) {
    return messageOf(error)
  }
}

function holds(actuator: Actuator, cell: Cell, step: number): boolean {
  try {
    return isWritten(actuator, valuesAt(actuator, cell, step), undefined)
  } catch {
    return false
  }
}
