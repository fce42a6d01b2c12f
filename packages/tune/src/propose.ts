import type { TuneRecipe } from '@hotcb/protocol'
import type { Knob } from './knob.ts'
import { differencePattern, factorPattern, type Pattern } from './pattern.ts'
import type { Phase } from './phase.ts'
import { askRandom, askTpe, type Movable, type Move, movable } from './space.ts'
import { type Mutation, suggestedMutation, type TunerHistory } from './story.ts'
import { mutationId } from './words.ts'

/** A change that the tuner proposes to try. */
export interface Proposal {
  readonly m: string
  readonly knob: Knob
  /** The factor, the difference or the value. */
  readonly value: number
  readonly from: number
  readonly to: number
  /** `pattern`, `tpe` or `random`. */
  readonly by: string
  /** Whether a person must accept it. */
  readonly isSuggested: boolean
}

/** The input for a proposal. */
export interface ProposalInput {
  readonly story: TunerHistory
  readonly recipe: TuneRecipe
  readonly knobs: readonly Knob[]
  readonly phase: Phase
  /** Whether all changes need a person's approval. */
  readonly isSuggesting: boolean
  /** The number of points since a step. */
  readonly pointsSince: (step: number) => number
}

/** Returns the next change to try, or the reason why there is none. */
export function propose(input: ProposalInput): Proposal | string {
  const { story, recipe, knobs, phase } = input
  const movables = knobs
    .map((knob) => movable(belowCeiling(knob, story), phase.direction))
    .filter((one) => one !== null)
  if (movables.length === 0) return 'none of its controls can be moved in a direction that this phase allows'
  const rested = movables.filter(({ knob }) => isRested(knob, input))
  // Changes that need approval come last.
  const mayAsk = !isAsking(input)
  const free = input.isSuggesting ? [] : rested.filter(({ knob }) => knob.risk === 'low')
  const move = chooseAllowed(free, input) ?? (mayAsk ? chooseAllowed(rested, input) : null)
  if (move === null) return nothingLeft(recipe, rested)
  const { knob, from } = move.movable
  const to = target(move)
  if (to === from) return `${knob.name} has no room left`
  return {
    m: mutationId((story.mutations.at(-1)?.number ?? 0) + 1),
    knob,
    value: move.value,
    from,
    to,
    by: move.by,
    isSuggested: input.isSuggesting || knob.risk !== 'low',
  }
}

function belowCeiling(knob: Knob, { ceiling }: TunerHistory): Knob {
  if (ceiling === null || knob.module !== ceiling.module || knob.control.param_key !== ceiling.key) return knob
  const [least, greatest] = knob.range
  return { ...knob, range: [least, Math.max(least, Math.min(greatest, ceiling.value))] }
}

/** An unanswered suggestion blocks the next one for this many points. */
const SUGGESTION_POINTS = 8

function isAsking({ story, pointsSince }: ProposalInput): boolean {
  const waiting = suggestedMutation(story)
  return waiting !== undefined && pointsSince(waiting.step) < SUGGESTION_POINTS
}

type ChosenMove = Move & { readonly by: string }

// A move that a person rejected in this phase is not repeated. A different knob is moved instead.
function chooseAllowed(movables: readonly Movable[], input: ProposalInput): ChosenMove | null {
  const move = choose(movables, input)
  if (move === null || !isDeclined(move, input)) return move
  return chooseAllowed(movables.filter((one) => one !== move.movable), input)
} // biome-ignore format: more readable

/** Values within this factor of each other count as the same move. */
const SAME_MOVE = 1.05

function isDeclined(move: Move, input: ProposalInput): boolean {
  const to = target(move)
  const isSame = (other: number): boolean =>
    other === to || (to > 0 && other > 0 && Math.max(to / other, other / to) < SAME_MOVE)
  return answeredIn(input).some(
    (one) => one.state === 'declined' && one.knob === move.movable.knob.name && isSame(one.to),
  )
}

function choose(movables: readonly Movable[], input: ProposalInput): ChosenMove | null {
  if (movables.length === 0) return null
  const { story, recipe } = input
  const { search } = recipe
  if (search.algorithm === 'random') return { ...askRandom(movables, story.mutations.length, search), by: 'random' }
  const first = nextOfPattern(movables, input)
  if (first !== null) return { ...first, by: 'pattern' }
  if (search.algorithm === 'pattern') return null
  return { ...askTpe(movables, answeredIn(input), search), by: 'tpe' }
}

// The knob whose pattern has been tried least comes first.
function nextOfPattern(movables: readonly Movable[], input: ProposalInput): Move | null {
  const answered = answeredIn(input)
  let chosen: { readonly movable: Movable; readonly value: number; readonly tried: number } | null = null
  for (const one of movables) {
    const own = answered.filter(({ knob, by }) => knob === one.knob.name && by === 'pattern')
    const { next, tried } = patternOf(one, own)
    if (next !== null && (chosen === null || tried < chosen.tried)) chosen = { movable: one, value: next, tried }
  }
  return chosen
}

function patternOf({ knob, low, high }: Movable, own: readonly Mutation[]): Pattern {
  if (knob.mode === 'set') return { next: null, tried: 0 }
  if (knob.mode === 'delta') return differencePattern(own, { up: high > 0 ? high : null, down: low < 0 ? low : null })
  const ways = { up: high > 1 ? high : null, down: low < 1 ? Math.max(low, LEAST_HALF) : null }
  const { next, tried } = factorPattern(own, low === high ? { up: low, down: null } : ways)
  return { next: next === null ? null : Math.min(high, Math.max(low, next)), tried }
}

/** A single downward move at most halves the value, regardless of the bounds. */
const LEAST_HALF = 0.5

/** Returns the mutations that a search in this phase learns from: judged ones, and suggestions that a person has rejected. */
function answeredIn({ story, recipe, phase }: ProposalInput): readonly Mutation[] {
  const answered = story.mutations.filter(({ judgement, state }) => judgement !== null || state === 'declined')
  return recipe.search.phase_conditioned ? answered.filter((one) => one.phase === phase.name) : answered
}

/** The longest pause before a knob is suggested again after a rejection, in points. */
const LONGEST_PAUSE = 8

function isRested(knob: Knob, input: ProposalInput): boolean {
  const { story, pointsSince } = input
  const own = story.mutations.filter((one) => one.knob === knob.name)
  const lastOther = own.findLastIndex(({ state }) => state !== 'declined')
  const declined = own.slice(lastOther + 1)
  const since = pointsSince(declined.at(-1)?.declinedStep ?? 0)
  if (declined.length > 0 && since < Math.min(LONGEST_PAUSE, 2 ** declined.length)) return false
  const last = own.findLast(({ judgement }) => judgement !== null)
  if (last?.judgement == null) return true
  return pointsSince(Math.min(last.judgement.step, story.judgedStep)) >= knob.cooldown
}

function target({ movable: { knob, from }, value }: Move): number {
  const wanted = knob.mode === 'mult' ? from * value : knob.mode === 'delta' ? from + value : value
  const round = knob.control.type === 'int' ? Math.round(wanted) : Number(wanted.toPrecision(6))
  const [least, greatest] = knob.range
  return Math.min(greatest, Math.max(least, round))
}

function nothingLeft({ search }: TuneRecipe, rested: readonly Movable[]): string {
  if (rested.length === 0) return 'it is waiting for points after the last judgement'
  return search.algorithm === 'pattern'
    ? 'every move in its pattern has been tried in this phase'
    : 'its suggestion is waiting for you'
}
