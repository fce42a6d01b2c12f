import type { TuneRecipe } from '@hotcb/protocol'
import type { Knob } from './knob.ts'
import { differencePattern, factorPattern, type Pattern } from './pattern.ts'
import type { Phase } from './phase.ts'
import { askRandom, askTpe, type Movable, type Move, movable } from './space.ts'
import { type Mutation, type Story, suggestedMutation } from './story.ts'
import { mutationId } from './words.ts'

/** A change that the tuner wants to try. */
export interface Proposal {
  readonly m: string
  readonly knob: Knob
  /** The factor, the difference or the value. */
  readonly value: number
  readonly from: number
  readonly to: number
  /** `pattern`, `tpe` or `random`. */
  readonly by: string
  /** A person must accept it. */
  readonly isSuggested: boolean
}

/** What a proposal is made from. */
export interface ProposalInput {
  readonly story: Story
  readonly recipe: TuneRecipe
  readonly knobs: readonly Knob[]
  readonly phase: Phase
  /** Whether all changes need a person. */
  readonly isSuggesting: boolean
  /** Points since a step. */
  readonly pointsSince: (step: number) => number
}

/** The next change to try, or why there is none. */
export function propose(input: ProposalInput): Proposal | string {
  const { story, recipe, knobs, phase } = input
  const movables = knobs
    .map((knob) => movable(belowCeiling(knob, story), phase.direction))
    .filter((one) => one !== null)
  if (movables.length === 0) return 'none of its controls can be moved the way that this phase allows'
  const rested = movables.filter(({ knob }) => isRested(knob, input))
  // What needs a person comes when nothing else is left.
  const mayAsk = !isAsking(input)
  const free = input.isSuggesting ? [] : rested.filter(({ knob }) => knob.risk === 'low')
  const move = choose(free, input) ?? (mayAsk ? choose(rested, input) : null)
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

function belowCeiling(knob: Knob, { ceiling }: Story): Knob {
  if (ceiling === null || knob.module !== ceiling.module || knob.control.param_key !== ceiling.key) return knob
  const [least, greatest] = knob.range
  return { ...knob, range: [least, Math.max(least, Math.min(greatest, ceiling.value))] }
}

/** A suggestion that nobody has answered is in the way of another for so many points. */
const SUGGESTION_POINTS = 8

function isAsking({ story, pointsSince }: ProposalInput): boolean {
  const waiting = suggestedMutation(story)
  return waiting !== undefined && pointsSince(waiting.step) < SUGGESTION_POINTS
}

type ChosenMove = Move & { readonly by: string }

function choose(movables: readonly Movable[], input: ProposalInput): ChosenMove | null {
  if (movables.length === 0) return null
  const { story, recipe } = input
  const { search } = recipe
  if (search.algorithm === 'random') return { ...askRandom(movables, story.mutations.length, search), by: 'random' }
  const first = nextOfPattern(movables, input)
  if (first !== null) return { ...first, by: 'pattern' }
  if (search.algorithm === 'pattern') return null
  return { ...askTpe(movables, judgedIn(input), search), by: 'tpe' }
}

// Of several knobs the one whose pattern was tried least comes first.
function nextOfPattern(movables: readonly Movable[], input: ProposalInput): Move | null {
  const judged = judgedIn(input)
  let chosen: { readonly movable: Movable; readonly value: number; readonly tried: number } | null = null
  for (const one of movables) {
    const own = judged.filter(({ knob, by }) => knob === one.knob.name && by === 'pattern')
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

/** One move down is at most a half, whatever the bounds. */
const LEAST_HALF = 0.5

/** What a search in this phase learns from. */
function judgedIn({ story, recipe, phase }: ProposalInput): readonly Mutation[] {
  const judged = story.mutations.filter(({ judgement }) => judgement !== null)
  return recipe.search.phase_conditioned ? judged.filter((one) => one.phase === phase.name) : judged
}

function isRested(knob: Knob, { story, pointsSince }: ProposalInput): boolean {
  const last = story.mutations.findLast((one) => one.knob === knob.name && one.judgement !== null)
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
  if (rested.length === 0) return 'it waits for points after the last judgement'
  return search.algorithm === 'pattern'
    ? 'every move of its pattern was tried in this phase'
    : 'its suggestion waits for you'
}
