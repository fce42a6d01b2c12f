import type { Op, Outcome } from '@hotcb/protocol'
import type { Actuator } from './actuator.ts'
import { type Cell, valuesAt } from './cell.ts'
import { type Live, messageOf, settle } from './live.ts'
import { type Change, type PlanContext, planOp } from './plan.ts'

/** Does an op, whole or not at all. A setter that throws is undone and named. */
export function applyOp(live: Live, op: Op, context: PlanContext): Outcome {
  live.step = context.step
  const plan = planOp(live.registry, live.cells, op, context)
  if (!plan.ok) return { ok: false, error: plan.reason }
  const { changes, payload, old } = plan.value
  const failure = writeAll(live, changes, context.step)
  if (failure !== null) return { ok: false, error: failure }
  for (const { actuator, cell } of changes) {
    const switched = cell.enabled ? 'untouched' : 'disabled'
    settle(live, actuator, cell, op.op === 'set_params' ? 'unverified' : switched)
  }
  live.version++
  return { ok: true, payload, old }
}

/** What went wrong, null if nothing did. */
function writeAll(live: Live, changes: readonly Change[], step: number): string | null {
  for (let i = 0; i < changes.length; i++) {
    const change = changes[i]
    if (change === undefined || !needsWrite(live.cells.get(change.actuator), change.cell)) continue
    try {
      change.actuator.set(valuesAt(change.actuator, change.cell, step))
    } catch (error) {
      const said = `apply_fn_exception: \`${change.actuator.key}\`: ${messageOf(error)}`
      // The one that threw may have written a part.
      return said + putBack(live, changes.slice(0, i + 1), step)
    }
  }
  return null
}

// Enabling and disabling writes nothing.
function needsWrite(before: Cell | undefined, cell: Cell): boolean {
  return before?.values !== cell.values || before.ramp !== cell.ramp
}

function putBack(live: Live, changes: readonly Change[], step: number): string {
  let notes = ''
  for (const { actuator } of changes) {
    const before = live.cells.get(actuator)
    if (before === undefined) continue
    try {
      actuator.set(valuesAt(actuator, before, step))
    } catch (error) {
      breakControl(live, actuator, before)
      notes += `; \`${actuator.key}\` could not be put back and is disabled: ${messageOf(error)}`
    }
  }
  return notes
}

function breakControl(live: Live, actuator: Actuator, cell: Cell): void {
  settle(live, actuator, { ...cell, enabled: false }, 'disabled')
  live.broken.push(actuator.key)
  live.version++
}
