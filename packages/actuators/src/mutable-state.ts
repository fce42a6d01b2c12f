import {
  type ControlDescription,
  type ControlsByKey,
  controlsByKey,
  type Json,
  type JsonObject,
  type Op,
  type Outcome,
  type Result,
} from '@hotcb/protocol'
import { type Actuator, isScaled } from './actuator.ts'
import { aheadOf, type UpcomingValues } from './ahead.ts'
import { applyOp } from './apply.ts'
import { shownValues } from './cell.ts'
import { describeControl } from './describe.ts'
import { type FoldedOp, foldCells, foldInto, type OpMismatch } from './fold.ts'
import { createLive, type Live } from './live.ts'
import { type PlanContext, touchedKeys } from './plan.ts'
import { createRegistry, ruleIn } from './registry.ts'
import { resolveOp } from './relative.ts'
import { tickLive } from './tick.ts'

/**
 * All controls of a trainer. Each op is applied completely or not at all, and a whole history can be applied at once
 * (`fold`).
 */
export interface MutableState {
  readonly actuators: readonly Actuator[]
  /**
   * The descriptions of all controls at registration. They define which values the controls accept, whatever the
   * current values are.
   */
  readonly rules: ControlsByKey
  /** Increases with every change that the control descriptions show. */
  readonly version: number
  /**
   * Applies `set_params`, `enable` or `disable`. Never throws; if a setter throws, its op is undone and the error names
   * the control.
   */
  apply(op: Op, context: PlanContext): Outcome
  /**
   * Returns the op with relative values resolved, or the reason why that is impossible. `apply` accepts only absolute
   * values, so that applying them again later has the same effect.
   */
  resolve(op: Op, step: number): Result<Op>
  /**
   * Returns the keys that were disabled since the last call because they could not be restored. The ledger must record
   * them.
   */
  takeBroken(): readonly string[]
  /** Whether a key, an alias or a `ramps.` key refers to one of these controls. */
  has(key: string): boolean
  /** Returns the keys of the controls that the params of a `set_params` touch. */
  touched(params: JsonObject): readonly string[]
  /**
   * Computes the result of the ops from the values at registration, and writes it as of `step`.
   *
   * @returns One line for each op that is no longer valid, and so has no effect, and for each setter that threw.
   */
  fold(ops: Iterable<FoldedOp>, step: number): readonly string[]
  /** Returns the ops that would be invalid if applied in this order from the values at registration, with reasons. */
  rehearse(ops: Iterable<FoldedOp>): readonly OpMismatch[]
  /**
   * Verifies values that were set before, then sets the current values of schedules and ramps. Called once at every
   * safe point.
   *
   * @param moved The last step for which the host itself set these values, from the tables of `ahead`. Default: the
   *   step of the last tick.
   * @returns One line for each setter, getter or schedule that threw. It is reported once, until it works again.
   */
  tick(step: number, metrics?: Readonly<Record<string, unknown>>, moved?: number): readonly string[]
  /**
   * Returns the values that ramps and schedules will write at the next steps, at most `count` rows each, for a host
   * that sets them itself from a table. The rows of a ramp stop at its end.
   *
   * @param step The first step of the tables.
   */
  ahead(step: number, count: number): readonly UpcomingValues[]
  /** False while `tick` would do nothing. */
  readonly isMoving: boolean
  /** Returns the value of a control, which `expect` compares; for several parameter groups, the value of group 0. */
  current(key: string, step: number): Json | undefined
  /** Returns the descriptions of all controls, including disabled ones. */
  describe(step: number): readonly ControlDescription[]
  /** Returns all cells, by key. Equal snapshots mean equal states. */
  snapshot(): JsonObject
  /** The values at registration, by key, one for each parameter group. Every `fold` starts from these values. */
  readonly registered: JsonObject
  /**
   * Replaces the values at registration, for a trainer that loaded a checkpoint before it registered its controls. The
   * next fold writes all controls. Keys of missing controls are ignored.
   *
   * @throws TypeError for values that the control could not have had at registration.
   */
  register(values: JsonObject): void
}

/**
 * Creates the controls of a trainer from the lists that constructors return.
 *
 * @throws RangeError when two controls share a key, or one has a key that commands use for something else.
 * @throws TypeError when a control's current value is not of its type.
 */
export function createMutableState(...lists: readonly (readonly Actuator[])[]): MutableState {
  let registry = createRegistry(lists.flat())
  let live = createLive(registry)
  let rules = controlsByKey([...registry.rules.values()])
  return {
    get actuators() {
      return registry.actuators
    },
    get rules() {
      return rules
    },
    get registered() {
      return Object.fromEntries(registry.actuators.map(({ key, initial }) => [key, initial]))
    },
    register(values) {
      registry = createRegistry(registry.actuators.map((actuator) => registeredWith(actuator, values[actuator.key])))
      live = { ...createLive(registry), isWritten: false }
      rules = controlsByKey([...registry.rules.values()])
    },
    get version() {
      return live.version
    },
    get isMoving() {
      return live.moving.size > 0 || live.unverified.size > 0
    },
    apply: (op, context) => applyOp(live, op, context),
    resolve: (op, step) => resolveOp(live, op, step),
    takeBroken() {
      const keys = live.broken
      if (keys.length > 0) live.broken = []
      return keys
    },
    has: (key) => touchedKeys(registry, { [key]: 0 }).length > 0,
    touched(params) {
      const keys = Object.keys(params)
      const only = keys.length === 1 ? registry.byKey.get(keys[0] ?? '') : undefined
      return only === undefined ? touchedKeys(registry, params) : [only.key]
    },
    fold: (ops, step) => foldInto(live, ops, step),
    rehearse: (ops) => foldCells(registry, ops).mismatches,
    tick(step, metrics, moved) {
      if (moved !== undefined && moved > live.step) live.step = moved
      return tickLive(live, step, metrics)
    },
    ahead: (step, count) => aheadOf(live, step, count),
    current: (key, step) => currentValue(live, key, step),
    describe: (step) =>
      [...live.cells].map(([actuator, cell]) =>
        describeControl(actuator, ruleIn(registry, actuator), cell, live.states.get(actuator) ?? 'init', step),
      ),
    snapshot: () => snapshotOf(live),
  }
}

// The copy inherits from the actuator, because the methods of an actuator may be class methods.
function registeredWith(actuator: Actuator, initial: Json | undefined): Actuator {
  if (initial === undefined) return actuator
  const values = Array.isArray(initial) ? initial : [initial]
  return Object.create(actuator, { initial: { value: values, enumerable: true } }) as Actuator
}

function currentValue({ registry, cells }: Live, key: string, step: number): Json | undefined {
  const actuator = registry.byKey.get(key)
  const cell = actuator && cells.get(actuator)
  if (actuator !== undefined && cell !== undefined) return shownValues(actuator, cell, step)?.[0]
  const rate = registry.byKey.get('lr')
  return key === 'scheduler_scale' && rate !== undefined && isScaled(rate) ? cells.get(rate)?.values[0] : undefined
}

function snapshotOf({ cells }: Live): JsonObject {
  const all: Record<string, Json> = {}
  for (const [actuator, { values, ramp, enabled }] of cells) {
    all[actuator.key] = { values, ramp: ramp === null ? null : { ...ramp }, enabled }
  }
  return all
}
