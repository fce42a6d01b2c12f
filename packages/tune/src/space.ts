import type { TuneRecipe } from '@hotcb/protocol'
import { branch, createStudy, float, type Space, tpe } from 'hyperopt-ts'
import { createRandom } from 'hyperopt-ts/sampler'
import { currentOf, type Knob } from './knob.ts'
import type { MoveDirection } from './phase.ts'
import type { Mutation } from './story.ts'

/** A knob that may be moved now, with its bounds. */
export interface Movable {
  readonly knob: Knob
  /** The current value of its control. */
  readonly from: number
  /** The lower bound that the phase allows for the factor, the difference or the value. */
  readonly low: number
  readonly high: number
}

/** Factors closer to 1 than this are not tried. */
const LEAST_MOVE = 1.05
/** The outcome that a study records for a bad move: far worse than any score. */
const BAD = 5

/** Returns a knob with its remaining bounds; null if it cannot be moved in that direction. */
export function movable(knob: Knob, direction: MoveDirection): Movable | null {
  const from = currentOf(knob)
  if (from === null) return null
  const [low, high] = allowed(knob, from, knob.isRate ? direction : 'both')
  if (!(low <= high) || (knob.mode === 'mult' && low === 1 && high === 1)) return null
  return { knob, from, low, high }
}

function allowed(knob: Knob, from: number, direction: MoveDirection): readonly [number, number] {
  const [low, high] = knob.bounds
  const [least, greatest] = reachOf(knob, from)
  switch (knob.mode) {
    case 'mult':
      // A factor does not change 0, and moves negative values in the wrong direction.
      return from > 0
        ? oneWay([Math.max(low, least / from), Math.min(high, greatest / from)], direction, LEAST_MOVE, 1 / LEAST_MOVE)
        : [1, 1]
    case 'delta':
      return oneWay([Math.max(low, least - from), Math.min(high, greatest - from)], direction, 0, 0)
    case 'set':
      return [Math.max(low, least), Math.min(high, greatest)]
    default:
      return knob.mode satisfies never
  }
}

/** Returns the range of values that one move can reach. */
function reachOf({ range: [least, greatest], maxStepMult: most }: Knob, from: number): readonly [number, number] {
  if (most === null || !(from > 0)) return [least, greatest]
  return [Math.max(least, from / most), Math.min(greatest, from * most)]
}

function oneWay(
  [low, high]: readonly [number, number],
  direction: MoveDirection,
  leastUp: number,
  mostDown: number,
): readonly [number, number] {
  return [direction === 'up' ? Math.max(low, leastUp) : low, direction === 'down' ? Math.min(high, mostDown) : high]
}

/** A move that a sampler chose. */
export interface Move {
  readonly movable: Movable
  readonly value: number
}

/**
 * Returns the move that TPE proposes from the observations so far. It is a pure function, so a run proposes the same move again after a
 * kill.
 *
 * @param judged The judged and declined mutations that it learns from, oldest first.
 */
export function askTpe(movables: readonly Movable[], judged: readonly Mutation[], search: TuneRecipe['search']): Move {
  const names = movables.map((_, index) => `k${index}`)
  const arms = Object.fromEntries(movables.map((one, index) => [names[index] ?? '', { value: dimensionOf(one) }]))
  const space: Space = { move: branch(arms) }
  const priors = Object.fromEntries(
    movables.map((one, index) => [`move.${names[index]}.value`, { at: clamp(one.knob.priorCenter, one), width: 0.3 }]),
  )
  const sampler = tpe({ startup: search.startup_trials, candidates: search.candidate_count, priors })
  const study = createStudy({ space, sampler, seed: search.seed })
  for (const mutation of judged) {
    const index = movables.findIndex(({ knob }) => knob.name === mutation.knob)
    const one = movables[index]
    if (one === undefined || mutation.value < one.low || mutation.value > one.high) continue
    study.add({ params: { move: { kind: names[index] ?? '', value: mutation.value } }, outcome: outcomeOf(mutation) })
  }
  // The space is created above, so its trials have this shape.
  const { move } = study.ask().params as { readonly move: { readonly kind: string; readonly value: number } }
  const chosen = movables[names.indexOf(move.kind)] ?? movables[0]
  if (chosen === undefined) throw new RangeError('`askTpe` needs a knob that may be moved')
  return { movable: chosen, value: move.value }
}

/** Returns a random move near the prior center, drawn as in hotcb 2. */
export function askRandom(movables: readonly Movable[], count: number, { seed }: TuneRecipe['search']): Move {
  const random = createRandom(seed, count)
  const index = Math.floor(random() * movables.length)
  const one = movables[index]
  if (one === undefined) throw new RangeError('`askRandom` needs a knob that may be moved')
  const { low, high, knob } = one
  const drawn =
    knob.mode === 'mult' ? Math.exp(Math.log(low) + random() * Math.log(high / low)) : low + random() * (high - low)
  return { movable: one, value: clamp(0.7 * drawn + 0.3 * knob.priorCenter, one) }
}

/** Returns a mutation's outcome in a study; smaller is better. A mutation that a person declined counts as bad. */
function outcomeOf({ judgement, isRegretted }: Mutation): number {
  return isRegretted || judgement?.bad != null || judgement?.score == null ? BAD : -judgement.score
}

function dimensionOf({ knob, low, high }: Movable) {
  return float(low, high, knob.mode === 'mult' ? { log: true } : {})
}

function clamp(value: number, { low, high }: Movable): number {
  return Math.min(high, Math.max(low, value))
}
