import { divergence, median, nextRung, rungRate, stuck } from '@hotcb/metrics/judge'
import type { JsonObject } from '@hotcb/protocol'
import { currentOf, type Knob } from './knob.ts'
import { loadOp, ownOp } from './ops.ts'
import { type Ladder, lastAccepted, type Mutation } from './story.ts'
import { type Answer, type View, waiting } from './view.ts'
import { TAGS } from './words.ts'

/** The maximum fraction of a run that may be discarded by going back. */
const MOST_LOST = 0.15
/** The same limit in steps, for a run of unknown length. */
const MOST_LOST_STEPS = 300
/** The number of consecutive non-finite losses after which training counts as broken. */
const NOT_FINITE = 3
const MOST_BACKS = 3
const MOST_LADDERS = 2

/** A problem in a training run while no change is being judged; null if there is none. */
export interface Danger {
  readonly kind: 'nan' | 'divergence' | 'stuck'
  readonly because: string
}

/** Returns the problem with the training loss; null if there is none. */
export function dangerOf({ course: { train, notFinite } }: View): Danger | null {
  if (notFinite >= NOT_FINITE) return { kind: 'nan', because: `the loss was not finite ${notFinite} times in a row` }
  const left = divergence(train)
  if (left.is) return { kind: 'divergence', because: left.because }
  const flat = stuck(train)
  return flat.is ? { kind: 'stuck', because: flat.because } : null
}

/**
 * Goes back to the last accepted change with half its rate, or else searches from the start for a rate at which the run learns.
 */
export function rescue(danger: Danger, view: View): Answer {
  const { story, recipe, step } = view
  if (!recipe.safety.rescue) return waiting(`${danger.because}: \`safety.rescue\` is off`)
  if (!story.canLoad)
    return waiting(
      `${danger.because}: the trainer cannot go back to a checkpoint while it trains; stop it and restart it from a checkpoint`,
    )
  const accepted = lastAccepted(story)
  const canGoBack = accepted !== undefined && story.hasGood && story.backs < MOST_BACKS
  if (canGoBack && isAffordable(step - story.goodStep, view)) return goBack(accepted, danger, view)
  const knob = view.knobs.find(({ isRate }) => isRate)
  const rate = knob === undefined ? null : currentOf(knob)
  if (knob === undefined || rate === null) return waiting(`${danger.because}: the run has no learning rate to lower`)
  if (!story.hasStart || story.ladders >= MOST_LADDERS || !isAffordable(step, view)) {
    return waiting(`${danger.because}: going back to the start would cost ${step} steps, so a person must decide`)
  }
  return startLadder(knob, rate, danger, view)
}

/** Whether a run may lose this many steps by going back. */
export function isAffordable(steps: number, { total }: View): boolean {
  return steps <= (total === null ? MOST_LOST_STEPS : MOST_LOST * total)
}

function goBack(accepted: Mutation, danger: Danger, { story, knobs }: View): Answer {
  const { id, module, key, from, to, knob: name } = accepted
  const isRate = knobs.find((knob) => knob.name === name)?.isRate ?? false
  const value = isRate ? Number((to * 0.5 ** (story.backs + 1)).toPrecision(6)) : from
  const because = `going back to the checkpoint from ${id}, with ${key} ${value}: ${danger.because}`
  const params: JsonObject = { kind: 'back', m: id, module, key, value, danger: danger.kind, because: danger.because }
  return { ops: [ownOp('rescue', id, params), loadOp(TAGS.good, module, { [key]: value }, because)], because }
}

function startLadder(knob: Knob, rate: number, danger: Danger, { course }: View): Answer {
  const ladder: Ladder = {
    module: knob.module,
    key: knob.control.param_key,
    rate,
    first: course.train.head[0] ?? 0,
    isTwoSided: danger.kind === 'stuck',
    steps: Math.min(200, Math.max(40, course.unitSteps ?? 50)),
    rungs: [],
    index: 0,
    isLoaded: false,
    isSettled: false,
  }
  const move = nextRung([], ladder)
  return rung(ladder, move.index, knob.range, { danger: danger.kind, because: danger.because })
}

/**
 * Returns the next move of a ladder, which tries one rate after another, once its current rung is done; null until then.
 */
export function climb(ladder: Ladder, { course, knobs }: View): Answer | null {
  if (!ladder.isLoaded) return null
  const { train, notFinite } = course
  if (notFinite === 0 && train.count < ladder.steps) return null
  const last = Math.min(15, Math.floor(ladder.steps / 2))
  const level = notFinite > 0 ? Number.POSITIVE_INFINITY : median(train.tail(last))
  const done = { index: ladder.index, level }
  const move = nextRung([...ladder.rungs, done], ladder)
  const range = knobs.find(({ module, control }) => module === ladder.module && control.param_key === ladder.key)?.range
  const finished = { done: { index: done.index, level: Number.isFinite(level) ? level : null } }
  if (move.kind === 'try') return rung(ladder, move.index, range, finished)
  const value = rateOf(ladder, move.index, range)
  const because = `the search for a rate ended with ${ladder.key} ${value}`
  const params = { kind: 'settle', index: move.index, value, ...finished }
  return {
    ops: [ownOp('rescue', 'ladder', params), loadOp(TAGS.start, ladder.module, { [ladder.key]: value }, because)],
    because,
  }
}

function rung(ladder: Ladder, index: number, range: Knob['range'] | undefined, details: JsonObject): Answer {
  const { module, key, rate, first, isTwoSided, steps } = ladder
  const value = rateOf(ladder, index, range)
  const because = `going back to the start to try ${key} ${value} for ${steps} steps`
  const params: JsonObject = {
    kind: 'rung',
    module,
    key,
    rate,
    first,
    two_sided: isTwoSided,
    steps,
    index,
    value,
    ...details,
  }
  return { ops: [ownOp('rescue', 'ladder', params), loadOp(TAGS.start, module, { [key]: value }, because)], because }
}

function rateOf({ rate }: Ladder, index: number, range: Knob['range'] | undefined): number {
  const [least, greatest] = range ?? [0, Number.POSITIVE_INFINITY]
  return Math.min(greatest, Math.max(least, Number(rungRate(rate, index).toPrecision(6))))
}
