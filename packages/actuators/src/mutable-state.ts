import type { ActuatorState, ControlDescription, Json, JsonObject, Op, Outcome } from '@hotcb/protocol'
import type { Actuator } from './actuator.ts'
import { type Cell, initialCell, valuesAt } from './cell.ts'
import { describeControl } from './describe.ts'
import { type PlanContext, planOp, touchedKeys } from './plan.ts'
import { createRegistry, type Registry } from './registry.ts'
import { isWritten } from './verify.ts'

/** An op of the history, with the step at which it was applied. */
export interface FoldedOp {
  readonly op: Op
  readonly step: number
  readonly total: number | null
}

/** The controls of a trainer as one thing: ops are applied to it whole or not at all, and a history is folded into it. */
export interface MutableState {
  readonly actuators: readonly Actuator[]
  /** Grows with every change that the control descriptions show. */
  readonly version: number
  /** Applies `set_params`, `enable` or `disable`. Never throws; a setter that does is undone and named. */
  apply(op: Op, context: PlanContext): Outcome
  /** Keys that were disabled because they could not be put back, since this was last asked: the ledger must say so. */
  takeBroken(): readonly string[]
  /** Whether a key, alias or `ramps.` key means one of these controls. */
  has(key: string): boolean
  /** Own names of the controls that the params of a `set_params` touch. */
  touched(params: JsonObject): readonly string[]
  /**
   * Puts everything to where the ops lead from the values at registration, and writes it as it stands at `step`.
   *
   * @returns One line for each op that no longer fits, which then has no effect, and for each setter that threw.
   */
  fold(ops: Iterable<FoldedOp>, step: number): readonly string[]
  /** The ops that would not fit, were they applied in this order from the values at registration, and why. */
  rehearse(ops: Iterable<FoldedOp>): readonly { readonly index: number; readonly reason: string }[]
  /**
   * Once at every safe point: verifies what was set before, then moves what a schedule or ramp moves.
   *
   * @returns One line for each setter that threw.
   */
  tick(step: number, metrics?: Readonly<Record<string, unknown>>): readonly string[]
  /** False while `tick` would do nothing. */
  readonly isMoving: boolean
  /** Value of a control as people name it, group 0's where there are several: what `expect` compares. */
  current(key: string, step: number): Json | undefined
  describe(step: number): readonly ControlDescription[]
  /** All cells, by key: equal snapshots are equal states. */
  snapshot(): JsonObject
}

/** @throws RangeError when two controls share a key. */
export function mutableState(...lists: readonly (readonly Actuator[])[]): MutableState {
  const registry = createRegistry(lists.flat())
  let cells = new Map(registry.actuators.map((actuator) => [actuator, initialCell(actuator)]))
  const states = new Map<Actuator, ActuatorState>(registry.actuators.map((actuator) => [actuator, 'untouched']))
  const unverified = new Set<Actuator>()
  const scheduled = registry.actuators.filter((actuator) => actuator.schedule !== undefined)
  let version = 1
  let lastStep = 0
  let isRamped = false
  let broken: string[] = []

  function write(next: ReadonlyMap<Actuator, Cell>, step: number): string | null {
    const written: Actuator[] = []
    for (const [actuator, cell] of next) {
      if (!needsWrite(actuator, cells.get(actuator), cell)) continue
      written.push(actuator)
      try {
        actuator.set(valuesAt(actuator, cell, step))
      } catch (error) {
        return `apply_fn_exception: \`${actuator.key}\`: ${messageOf(error)}${putBack(written, step)}`
      }
    }
    return null
  }

  function putBack(written: readonly Actuator[], step: number): string {
    let notes = ''
    for (const actuator of written) {
      const before = cells.get(actuator)
      if (before === undefined) continue
      try {
        actuator.set(valuesAt(actuator, before, step))
      } catch (error) {
        cells.set(actuator, { ...before, enabled: false })
        states.set(actuator, 'disabled')
        broken.push(actuator.key)
        notes += `; \`${actuator.key}\` could not be put back and is disabled: ${messageOf(error)}`
      }
    }
    if (notes !== '') version++
    return notes
  }

  return {
    actuators: registry.actuators,
    get version() {
      return version
    },
    get isMoving() {
      return scheduled.length > 0 || unverified.size > 0 || isRamped
    },
    takeBroken() {
      const keys = broken
      if (keys.length > 0) broken = []
      return keys
    },
    has: (key) => touchedKeys(registry, { [key]: 0 }).length > 0,
    touched(params) {
      const keys = Object.keys(params)
      const only = keys.length === 1 ? registry.byKey.get(keys[0] ?? '') : undefined
      return only === undefined ? touchedKeys(registry, params) : [only.key]
    },

    apply(op, context) {
      lastStep = context.step
      const plan = planOp(registry, cells, op, context)
      if (!plan.ok) return { ok: false, error: plan.reason }
      const failure = write(plan.value.cells, context.step)
      if (failure !== null) return { ok: false, error: failure }
      for (const [actuator, cell] of plan.value.cells) {
        cells.set(actuator, cell)
        if (op.op !== 'set_params') {
          states.set(actuator, cell.enabled ? 'untouched' : 'disabled')
          if (!cell.enabled) unverified.delete(actuator)
        } else {
          states.set(actuator, 'unverified')
          unverified.add(actuator)
        }
      }
      if (isRamped || op.params !== plan.value.payload) isRamped = hasRamp(cells)
      version++
      return { ok: true, payload: plan.value.payload, old: plan.value.old }
    },

    rehearse: (ops) => foldCells(registry, ops).misfits,

    fold(ops, step) {
      const { cells: folded, misfits } = foldCells(registry, ops)
      const problems = misfits.map(({ reason }) => reason)
      lastStep = step
      unverified.clear()
      for (const [actuator, cell] of folded) {
        const before = cells.get(actuator)
        cells.set(actuator, cell)
        states.set(actuator, cell.enabled ? 'untouched' : 'disabled')
        if (staysInitial(actuator, before, cell, step)) continue
        try {
          actuator.set(valuesAt(actuator, cell, step))
          if (cell.enabled && !isInitial(actuator, cell)) {
            states.set(actuator, 'unverified')
            unverified.add(actuator)
          }
        } catch (error) {
          problems.push(`\`${actuator.key}\` could not be set: ${messageOf(error)}`)
        }
      }
      cells = folded
      isRamped = hasRamp(cells)
      version++
      return problems
    },

    tick(step, metrics) {
      const problems: string[] = []
      for (const actuator of unverified) {
        const cell = cells.get(actuator)
        if (cell === undefined || step <= lastStep) continue
        if (!isWritten(actuator, valuesAt(actuator, cell, lastStep), metrics)) continue
        unverified.delete(actuator)
        states.set(actuator, 'verified')
        version++
      }
      for (const [actuator, cell] of cells) {
        if (actuator.schedule === undefined && cell.ramp === null) continue
        try {
          actuator.set(valuesAt(actuator, cell, step))
        } catch (error) {
          problems.push(`\`${actuator.key}\` could not be moved: ${messageOf(error)}`)
        }
      }
      lastStep = step
      return problems
    },

    current(key, step) {
      const actuator = registry.byKey.get(key)
      const cell = actuator && cells.get(actuator)
      if (actuator !== undefined && cell !== undefined) return valuesAt(actuator, cell, step)[0]
      const rate = registry.byKey.get('lr')
      return key === 'scheduler_scale' && rate?.schedule ? cells.get(rate)?.values[0] : undefined
    },

    describe(step) {
      return [...cells].map(([actuator, cell]) => describeControl(actuator, cell, states.get(actuator) ?? 'init', step))
    },

    snapshot() {
      const all: Record<string, Json> = {}
      for (const [actuator, { values, ramp, enabled }] of cells) {
        all[actuator.key] = { values, ramp: ramp === null ? null : { ...ramp }, enabled }
      }
      return all
    },
  }
}

function foldCells(
  registry: Registry,
  ops: Iterable<FoldedOp>,
): { readonly cells: Map<Actuator, Cell>; readonly misfits: { readonly index: number; readonly reason: string }[] } {
  const misfits: { index: number; reason: string }[] = []
  const cells = new Map(registry.actuators.map((actuator) => [actuator, initialCell(actuator)]))
  let index = 0
  for (const { op, step, total } of ops) {
    const plan = planOp(registry, cells, op, { step, total })
    if (!plan.ok) misfits.push({ index, reason: `step ${step}: ${op.module} ${op.op}: ${plan.reason}` })
    else for (const [actuator, cell] of plan.value.cells) cells.set(actuator, cell)
    index++
  }
  return { cells, misfits }
}

function needsWrite(actuator: Actuator, before: Cell | undefined, cell: Cell): boolean {
  return before?.values !== cell.values || before.ramp !== cell.ramp || actuator.schedule !== undefined
}

function hasRamp(cells: ReadonlyMap<Actuator, Cell>): boolean {
  for (const cell of cells.values()) if (cell.ramp !== null) return true
  return false
}

function isInitial(actuator: Actuator, cell: Cell): boolean {
  const start = initialCell(actuator)
  return cell.ramp === null && JSON.stringify(cell.values) === JSON.stringify(start.values)
}

// Before step 0 nothing is written that the trainer does not have already.
function staysInitial(actuator: Actuator, before: Cell | undefined, cell: Cell, step: number): boolean {
  if (actuator.schedule !== undefined && step >= 0) return false
  return isInitial(actuator, cell) && before !== undefined && isInitial(actuator, before)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
