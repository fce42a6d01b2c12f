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
 * The combined controls of a trainer: ops are applied to it completely or not at all, and a history is folded into it.
 */
export interface MutableState {
  readonly actuators: readonly Actuator[]
  /** The values they accept, independent of their current values: their descriptions at registration. */
  readonly rules: ControlsByKey
  /** Increases with every change that the control descriptions show. */
  readonly version: number
  /**
   * Applies `set_params`, `enable` or `disable`. Never throws; if a setter throws, its op is undone and the error names
   * the control.
   */
  apply(op: Op, context: PlanContext): Outcome
  /**
   * The same op with relative values resolved, or the reason why that is impossible. `apply` accepts only values, so
   * that applying them again later has the same effect.
   */
  resolve(op: Op, step: number): Result<Op>
  /** Keys that were disabled since the last query because they could not be restored: the ledger must record them. */
  takeBroken(): readonly string[]
  /** Whether a key, alias or `ramps.` key means one of these controls. */
  has(key: string): boolean
  /** Keys of the controls that the params of a `set_params` touch. */
  touched(params: JsonObject): readonly string[]
  /**
   * Computes the result of the ops from the values at registration, and writes it as of `step`.
   *
   * @returns One line for each op that no longer fits, which then has no effect, and for each setter that threw.
   */
  fold(ops: Iterable<FoldedOp>, step: number): readonly string[]
  /** The ops that would not fit if applied in this order from the values at registration, with reasons. */
  rehearse(ops: Iterable<FoldedOp>): readonly OpMismatch[]
  /**
   * Called once at every safe point: verifies values that were set before, then moves the controls of schedules and
   * ramps.
   *
   * @param moved The last step at which the host has moved them itself, from the tables of `ahead`. Default: that of the last tick.
   * @returns One line for each setter, getter or schedule that threw: once, until it works again.
   */
  tick(step: number, metrics?: Readonly<Record<string, unknown>>, moved?: number): readonly string[]
  /**
   * The values that ramps and schedules will write at the next steps, for a host that moves its controls by table: at
   * most `count` rows each. The rows of a ramp stop at its end.
   *
   * @param step The first step of the tables.
   */
  ahead(step: number, count: number): readonly UpcomingValues[]
  /** False while `tick` would do nothing. */
  readonly isMoving: boolean
  /** The value of a control, that of group 0 if there are several: the value that `expect` compares. */
  current(key: string, step: number): Json | undefined
  /** The descriptions of all controls, including disabled ones. */
  describe(step: number): readonly ControlDescription[]
  /** All cells, by key: equal snapshots are equal states. */
  snapshot(): JsonObject
  /** The values at registration, by key: one for each parameter group. Every fold starts from them. */
  readonly registered: JsonObject
  /**
   * Replaces the values at registration: for a trainer that loaded a checkpoint before it registered its controls. The
   * next fold writes all controls. Keys of missing controls are ignored.
   *
   * @throws TypeError for values that their control could not have begun with.
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

// The methods of an actuator may be class methods.
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
