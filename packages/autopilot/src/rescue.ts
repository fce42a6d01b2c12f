import {
  hasProgressed,
  initialOf,
  type LadderMove,
  type LineWindow,
  median,
  nextRung,
  type Rung,
  rungRate,
} from '@hotcb/metrics/judge'
import type { Json, JsonObject } from '@hotcb/protocol'
import { type AutoCheckpoint, START_TAG } from './checkpoint-fold.ts'
import { clamped, type RateControl } from './rate-control.ts'
import type { RescueState } from './rescue-state.ts'

/** The facts for planning a rescue. */
export interface RescueInput {
  readonly step: number
  readonly clock: number
  readonly metric: string
  readonly window: LineWindow
  /** The first step of the last good values; undefined if unknown. */
  readonly onset: number | undefined
  readonly rate: RateControl | undefined
  readonly checkpoints: readonly AutoCheckpoint[]
  /** The value that a control had when a checkpoint was saved; undefined if it was not changed since. */
  readonly valueAt: (key: string, checkpoint: AutoCheckpoint) => number | undefined
  readonly canLoad: boolean
  readonly canSave: boolean
  readonly hasDataSkip: boolean
  readonly isTwoSided: boolean
  /** Steps of an epoch, or the value used in place of it. */
  readonly epochSteps: number
  /** Steps of the run; null if that is not known. */
  readonly total: number | null
  /** The last rollback: where it was seen, and what was left out. */
  readonly last: { readonly step: number; readonly from: number; readonly to: number } | null
}

/** A command without its frame: op and params, and what must hold for it. */
export interface RescueCommand {
  readonly module: string
  readonly op: string
  readonly id?: string
  readonly params: JsonObject
  readonly expect?: JsonObject
  readonly note: string
}

export type RescuePlan =
  | { readonly kind: 'impossible'; readonly because: string }
  | { readonly kind: 'pause'; readonly because: string }
  | {
      readonly kind: 'begin'
      readonly state: RescueState
      readonly command: RescueCommand
      readonly plan: readonly string[]
      /** Steps that are lost, as a share of the run; 0 where its length is not known. */
      readonly lost: number
      /** Whether the data of the last steps may be the cause. */
      readonly isDataSuspect: boolean
    }

const MOST_RUNGS = 10
// Half a rung. On 30 seeds of the digits a whole one ended 6 to 9 % higher, from 60 times too high.
const SETTLE_MARGIN = 0.5
const AGAIN_WITHIN = 10
/** Batches before the onset that are left out too. */
const MARGIN = 5

/** How to rescue a run: back to a good state behind the start if there is one, otherwise from the start with lower rates. */
export function planRescue(input: RescueInput): RescuePlan {
  const { rate, canLoad, checkpoints } = input
  if (rate === undefined) return { kind: 'impossible', because: 'this trainer has no control `lr`' }
  if (rate.isOnRamp) return { kind: 'impossible', because: `\`${rate.key}\` is on a ramp` }
  if (!canLoad) return lower(input, rate)
  const good = input.isTwoSided ? undefined : lastGood(input)
  if (good !== undefined) return rollback(input, rate, good)
  const start = checkpoints.find(({ tag }) => tag === START_TAG)
  return start === undefined ? lower(input, rate) : ladder(input, rate)
}

/**
 * The last state to go back to: later than the start, and quiet for an epoch before the trouble began. A run that had hardly learnt
 * has none: its weights are better forgotten.
 */
function lastGood({ checkpoints, onset, clock, epochSteps, window }: RescueInput): AutoCheckpoint | undefined {
  if (onset === undefined || !hasLearnt(window)) return undefined
  const isGood = ({ tag, step, clock: saved }: AutoCheckpoint): boolean =>
    tag !== START_TAG && step > 0 && step <= onset && clock - saved >= Math.min(epochSteps, 50)
  return checkpoints.filter(isGood).at(-1)
}

function hasLearnt(window: LineWindow): boolean {
  return window.isPositive ? window.leastLevel(0) < initialOf(window).initialLeast / 2 : hasProgressed(window)
}

function rollback(input: RescueInput, rate: RateControl, good: AutoCheckpoint): RescuePlan {
  const { tag, step: target } = good
  const before = input.valueAt(rate.key, good)
  // Someone at least doubled the rate since: that is the cause, and the rate of that time was good.
  if (before !== undefined && before > 0 && before <= rate.value / 2) return undoRaise(input, rate, good, before)
  const { step, onset = step, last, hasDataSkip } = input
  const isAgain = last !== null && Math.abs(step - last.step) <= Math.max(AGAIN_WITHIN, last.to - last.from)
  if (isAgain && !hasDataSkip) {
    return { kind: 'pause', because: `it went wrong near step ${last.step} again: look at the data of these steps` }
  }
  const to = isAgain ? Math.max(step, last.to) + (last.to - last.from + 1) : step
  const from = Math.max(target, isAgain ? Math.min(last.from, onset - MARGIN) : onset - MARGIN)
  const next = isAgain ? rate.value : clamped(rate.value / 2, rate)
  const state = begin(input, rate, { kind: 'rollback', tag, rate: next, skip: hasDataSkip ? { from, to } : null })
  return {
    kind: 'begin',
    state,
    command: loadCommand(state, rate.value),
    plan: [
      `go back to step ${target} (checkpoint ${tag})`,
      ...(next === rate.value ? [] : [`set ${rate.key} from ${short(rate.value)} to ${short(next)}`]),
      ...(hasDataSkip ? [`leave out the data of steps ${from} to ${to}`] : []),
    ],
    lost: shareOf(step - target, input),
    isDataSuspect: true,
  }
}

function undoRaise(
  input: RescueInput,
  rate: RateControl,
  { tag, step: target }: AutoCheckpoint,
  before: number,
): RescuePlan {
  const next = clamped(before, rate)
  const state = begin(input, rate, { kind: 'rollback', tag, rate: next, skip: null })
  return {
    kind: 'begin',
    state,
    command: loadCommand(state, rate.value),
    plan: [
      `go back to step ${target} (checkpoint ${tag})`,
      `set ${rate.key} from ${short(rate.value)} back to ${short(next)}, its value then`,
    ],
    lost: shareOf(input.step - target, input),
    isDataSuspect: false,
  }
}

function ladder(input: RescueInput, rate: RateControl): RescuePlan {
  const span = spanOf(input.epochSteps)
  // A rate beyond the bounds of its control could never be set again: the ladder begins at the bound.
  const first = clamped(rate.value, rate)
  const next = clamped(rungRate(first, 1), rate)
  const base = { ...begin(input, rate, { kind: 'ladder', tag: START_TAG, rate: next, skip: null }), rate0: first }
  const state = { ...base, span, index: 1 }
  const where = input.isTwoSided ? 'lower and higher rates' : 'lower rates'
  return {
    kind: 'begin',
    state,
    command: loadCommand(state, rate.value),
    plan: [
      'go back to the start of the run (checkpoint auto-start)',
      `try ${where}, in half decades from ${short(rate.value)}, for ${span} steps each, at most ${MOST_RUNGS}`,
      'continue with the rate below the best of them',
    ],
    // A run that never came down has nothing to lose.
    lost: input.isTwoSided ? 0 : shareOf(input.step, input),
    isDataSuspect: false,
  }
}

/** Steps of a rung: an epoch, 40 to 200. */
export function spanOf(epochSteps: number): number {
  return Math.min(200, Math.max(40, Math.round(epochSteps)))
}

/** Without checkpoints there is only the rate to change. */
function lower(input: RescueInput, rate: RateControl): RescuePlan {
  const next = clamped(rate.value / 10, rate)
  const state = begin(input, rate, { kind: 'lower', tag: '', rate: next, skip: null })
  return {
    kind: 'begin',
    state,
    command: {
      module: rate.module,
      op: 'set_params',
      params: { [rate.key]: next },
      expect: { [rate.key]: rate.value },
      note: 'no checkpoint to go back to: the weights stay as they are',
    },
    plan: [
      `set ${rate.key} from ${short(rate.value)} to ${short(next)}`,
      `the weights stay as they are: ${noWayBack(input)}`,
    ],
    lost: 0,
    isDataSuspect: false,
  }
}

function noWayBack({ canSave, canLoad }: RescueInput): string {
  if (!canSave) return 'this trainer saves no checkpoints'
  return canLoad
    ? 'there is no checkpoint to go back to'
    : 'this trainer cannot load a checkpoint while it trains; to go back, stop it and start it again from one'
}

type Chosen = Pick<RescueState, 'kind' | 'tag' | 'rate' | 'skip'>

function begin(input: RescueInput, rate: RateControl, chosen: Chosen): RescueState {
  return {
    ...chosen,
    metric: input.metric,
    rateKey: rate.key,
    module: rate.module,
    rate0: rate.value,
    count: 1,
    awaits: null,
    isTwoSided: input.isTwoSided,
    first: input.window.head[0] ?? 0,
    span: 0,
    rungs: [],
    index: 0,
    isLast: false,
  }
}

function shareOf(steps: number, { total }: RescueInput): number {
  return total === null || total <= 0 ? 0 : steps / total
}

function loadCommand(state: RescueState, expected: number): RescueCommand {
  // Always: the load brings back the rate of that time.
  const set = { set: { [state.module]: { [state.rateKey]: state.rate } } }
  return {
    module: 'core',
    op: 'checkpoint',
    params: { action: 'load', tag: state.tag, ...set },
    expect: { [state.rateKey]: expected },
    note: `${state.rateKey} ${short(state.rate)}`,
  }
}

/** The next step of a rescue: nothing yet, more commands, or the end. */
export interface RescueMove {
  readonly state: RescueState
  readonly commands: readonly RescueCommand[]
  readonly isOver: boolean
  readonly because: string
}

/** After its command was applied. @param maySave Whether `limits` let machines save checkpoints. */
export function afterApplied(state: RescueState, step: number, maySave: boolean): RescueMove {
  const waits = { ...state, awaits: null }
  if (state.kind === 'ladder' && !state.isLast) return { state: waits, commands: [], isOver: false, because: '' }
  const { skip } = state
  const commands: RescueCommand[] = []
  if (skip !== null) {
    commands.push({
      module: 'ctl',
      op: 'call',
      id: 'data.skip',
      params: { args: [skip.from, skip.to] },
      note: 'what went wrong was in this data',
    })
    // A restart from the checkpoint that was loaded would train on that data again.
    if (maySave) {
      const params = { action: 'save', tag: `auto-${step + 1}` }
      commands.push({ module: 'core', op: 'checkpoint', params, note: 'without that data' })
    }
  }
  return { state: waits, commands, isOver: true, because: '' }
}

/** While a rung is watched: whether it has shown enough. */
export function lookAtRung(state: RescueState, window: LineWindow, rateNow: () => RateControl | undefined): RescueMove {
  const isOpen = state.kind !== 'ladder' || state.awaits !== null || state.isLast
  const stays: RescueMove = { state, commands: [], isOver: false, because: '' }
  if (isOpen || !(window.count >= state.span || isHopeless(state, window))) return stays
  const here = { index: state.index, level: rungLevel(state, window) }
  const { rungs, move } = moveOn(state, [...state.rungs, here], rateNow() ?? UNBOUNDED)
  const bounds = rateNow() ?? UNBOUNDED
  const next = { ...state, rungs, index: move.index, rate: clamped(rungRate(state.rate0, move.index), bounds) }
  const isSettled = move.kind === 'settle'
  // The rate to settle on is the one that runs already: nothing is gained by going back.
  if (isSettled && move.index === state.index && !isHopeless(state, window)) {
    return { state: { ...next, isLast: true }, commands: [], isOver: true, because: settledText(next) }
  }
  const asked = { ...next, isLast: isSettled }
  const because = isSettled ? settledText(next) : `rung ${rungs.length + 1}`
  return { state: asked, commands: [loadCommand(asked, state.rate)], isOver: false, because }
}

const UNBOUNDED = { min: null, max: null }

/** The next rung whose rate the control can have; one beyond its bounds counts as no better than the start. */
function moveOn(
  state: RescueState,
  known: readonly Rung[],
  bounds: { readonly min: number | null; readonly max: number | null },
): { readonly rungs: readonly Rung[]; readonly move: LadderMove } {
  const { rate0, first, isTwoSided } = state
  let rungs = known
  for (;;) {
    const move = nextRung(rungs, { first, isTwoSided, most: MOST_RUNGS, margin: SETTLE_MARGIN })
    const rate = rungRate(rate0, move.index)
    if (move.kind === 'settle' || clamped(rate, bounds) === rate) return { rungs, move }
    rungs = [...rungs, { index: move.index, level: Number.POSITIVE_INFINITY }]
  }
}

function settledText(state: RescueState): string {
  const best = state.rungs.reduce<Rung | undefined>((a, b) => (a === undefined || b.level < a.level ? b : a), undefined)
  const at = best === undefined ? '' : `, best was ${short(rungRate(state.rate0, best.index))}`
  return `${state.rateKey} ${short(state.rate)} after ${state.rungs.length} rungs${at}`
}

// Not finite, or far above where the run began: more steps of it say nothing new.
function isHopeless({ first }: RescueState, window: LineWindow): boolean {
  if (!window.isFinite) return true
  return window.isPositive && window.count >= 10 && window.level() > 2 * first
}

function rungLevel(state: RescueState, window: LineWindow): number {
  if (isHopeless(state, window)) return Number.POSITIVE_INFINITY
  return median(window.tail(Math.min(15, Math.floor(state.span / 2))))
}

function short(value: Json): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(4))) : String(value)
}
