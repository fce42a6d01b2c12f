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
  /** Returns the value that a control had when a checkpoint was saved; undefined if it has not been changed since. */
  readonly valueAt: (key: string, checkpoint: AutoCheckpoint) => number | undefined
  readonly canLoad: boolean
  readonly canSave: boolean
  readonly hasDataSkip: boolean
  readonly isTwoSided: boolean
  /** The number of steps in an epoch, or the value used instead. */
  readonly epochSteps: number
  /** The number of steps in the run; null if unknown. */
  readonly total: number | null
  /** The last rollback: the step at which the problem was detected, and the steps whose data was skipped. */
  readonly last: { readonly step: number; readonly from: number; readonly to: number } | null
}

/** A command without its envelope: op and params, and its conditions. */
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
      /** The steps that would be lost, as a fraction of the run; 0 if its length is unknown. */
      readonly lost: number
      /** Whether the last steps' data may be the cause. */
      readonly isDataSuspect: boolean
    }

const MOST_RUNGS = 10
// Half a rung. With a whole rung, the final loss of the digits demo was 6 to 9 % higher over 30 seeds, for rates 60 times too high.
const SETTLE_MARGIN = 0.5
const AGAIN_WITHIN = 10
/** The number of batches before the onset that are skipped too. */
const MARGIN = 5

/** Plans a run's rescue: back to a good state after the start if there is one, otherwise from the start with lower rates. */
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
 * Returns the last state that is worth going back to: later than the start, and at least an epoch before the problem began. A run that has
 * hardly learned anything has no such state, because its weights are not worth keeping.
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
  // Someone at least doubled the rate since then. That is the cause, and the earlier rate was fine.
  if (before !== undefined && before > 0 && before <= rate.value / 2) return undoRaise(input, rate, good, before)
  const { step, onset = step, last, hasDataSkip } = input
  const isAgain = last !== null && Math.abs(step - last.step) <= Math.max(AGAIN_WITHIN, last.to - last.from)
  if (isAgain && !hasDataSkip) {
    return { kind: 'pause', because: `it went wrong near step ${last.step} again; check the data for these steps` }
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
      ...(hasDataSkip ? [`skip the data for steps ${from} to ${to}`] : []),
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
  // A rate beyond the bounds of its control could never be set again, so the ladder starts at the bound.
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
    // A run whose metric never fell has nothing to lose.
    lost: input.isTwoSided ? 0 : shareOf(input.step, input),
    isDataSuspect: false,
  }
}

/** Returns the number of steps of a rung: an epoch, but at least 40 and at most 200. */
export function spanOf(epochSteps: number): number {
  return Math.min(200, Math.max(40, Math.round(epochSteps)))
}

/** Without checkpoints, only the rate can be changed. */
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
      note: 'there is no checkpoint to go back to, so the weights stay as they are',
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
    : 'this trainer cannot load a checkpoint while it trains; to go back, stop it and restart it from a checkpoint'
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
  // The rate is always set, because the load restores the rate of the checkpoint.
  const set = { set: { [state.module]: { [state.rateKey]: state.rate } } }
  return {
    module: 'core',
    op: 'checkpoint',
    params: { action: 'load', tag: state.tag, ...set },
    expect: { [state.rateKey]: expected },
    note: `${state.rateKey} ${short(state.rate)}`,
  }
}

/** A rescue's next move: wait, send more commands, or end. */
export interface RescueMove {
  readonly state: RescueState
  readonly commands: readonly RescueCommand[]
  readonly isOver: boolean
  readonly because: string
}

/**
 * Returns the next move after a rescue's command was applied. @param maySave Whether `limits` allow automatic checkpoints.
 */
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
      note: 'this data contains what went wrong',
    })
    // After a restart from the loaded checkpoint, the run would train on that data again.
    if (maySave) {
      const params = { action: 'save', tag: `auto-${step + 1}` }
      commands.push({ module: 'core', op: 'checkpoint', params, note: 'without that data' })
    }
  }
  return { state: waits, commands, isOver: true, because: '' }
}

/** Returns the next move while a rung is being watched: checks whether the rung has run long enough. */
export function lookAtRung(state: RescueState, window: LineWindow, rateNow: () => RateControl | undefined): RescueMove {
  const isOpen = state.kind !== 'ladder' || state.awaits !== null || state.isLast
  const stays: RescueMove = { state, commands: [], isOver: false, because: '' }
  if (isOpen || !(window.count >= state.span || isHopeless(state, window))) return stays
  const here = { index: state.index, level: rungLevel(state, window) }
  const { rungs, move } = moveOn(state, [...state.rungs, here], rateNow() ?? UNBOUNDED)
  const bounds = rateNow() ?? UNBOUNDED
  const next = { ...state, rungs, index: move.index, rate: clamped(rungRate(state.rate0, move.index), bounds) }
  const isSettled = move.kind === 'settle'
  // The chosen rate is the one that is already in use, so going back would gain nothing.
  if (isSettled && move.index === state.index && !isHopeless(state, window)) {
    return { state: { ...next, isLast: true }, commands: [], isOver: true, because: settledText(next) }
  }
  const asked = { ...next, isLast: isSettled }
  const because = isSettled ? settledText(next) : `rung ${rungs.length + 1}`
  return { state: asked, commands: [loadCommand(asked, state.rate)], isOver: false, because }
}

const UNBOUNDED = { min: null, max: null }

/** Returns the next rung whose rate the control accepts. A rung beyond its bounds counts as no better than the start. */
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

// Whether the values are not finite or are far above those at the start of the run. More steps would provide no new information.
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
