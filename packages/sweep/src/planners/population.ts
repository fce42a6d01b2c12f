import { type PopulationMove, planPopulation } from 'hyperopt-ts'
import type { Objective, Parameter, Population } from '../config/config.ts'
import { drawOfValues, spaceOf, valuesOfDraw } from '../plan/search-space.ts'
import type { Value } from '../value.ts'

/** A member's checkpoint, with its score there. */
export interface Reached {
  /** The boundary: a multiple of the interval. */
  readonly step: number
  /** Null if it is not a number. */
  readonly score: number | null
  /** The checkpoint's tag; the member's ledger shows that it was saved. */
  readonly tag: string
}

/** A population's trial in the form that the planner uses. */
export interface Member {
  readonly i: number
  /** The values that it currently trains with, in parameter order. */
  readonly values: readonly Value[]
  /** Its latest checkpoint with a known score; null if there is none yet. */
  readonly reached: Reached | null
  /** Whether it is running and no earlier decision about it is pending. */
  readonly mayMove: boolean
}

/** The decision about one member at one boundary. */
export interface PopulationAction {
  /** Contains the step, so that a decision is not repeated when the interval is edited. */
  readonly key: string
  readonly trial: number
  readonly reached: Reached
  /** The rank among the members with a score, counted from 0 for the best. */
  readonly rank: number
  readonly of: number
  readonly move: { readonly kind: 'keep' } | Exploit
}

/** Continue from another member's checkpoint, with changed values. */
export interface Exploit {
  readonly kind: 'exploit'
  readonly from: number
  readonly donor: Reached
  /** In parameter order. */
  readonly values: readonly Value[]
}

/** The rules for planning a population. */
export interface PopulationRules {
  readonly population: Population
  readonly parameters: readonly Parameter[]
  readonly objective: Pick<Objective, 'direction'>
  readonly seed: number
  /** The number of earlier decisions in this population. It selects the random numbers, so that each decision has its own. */
  readonly generation: number
  readonly isDecided: (key: string) => boolean
  /** Applies the config's conditions: returns the values, including forced ones, or null if the conditions exclude them. */
  readonly allow: (values: readonly Value[]) => readonly Value[] | null
}

const MOST_DRAWS = 8

/** Returns the journal key of the decision about a member at a boundary. */
export function populationKey(step: number, i: number): string {
  return `pbt/${step}/${i}`
}

/**
 * Returns the new decisions: one for each member that reached a boundary. Each decision comes from a plan for the whole
 * population, based on the latest score of every member. Only the move of that one member is used.
 */
export function planExploits(members: readonly Member[], rules: PopulationRules): readonly PopulationAction[] {
  const due = members.flatMap(({ i, mayMove, reached }) => {
    if (!mayMove || reached === null) return []
    const key = populationKey(reached.step, i)
    return rules.isDecided(key) ? [] : [{ i, key, reached }]
  })
  const ranks = ranksIn(members, rules)
  return due.map(({ i, key, reached }, at): PopulationAction => {
    const move = moveOf(members, i, { ...rules, generation: rules.generation + at })
    return { key, trial: i, reached, rank: ranks.indexOf(i), of: ranks.length, move }
  })
}

function moveOf(members: readonly Member[], i: number, rules: PopulationRules): PopulationAction['move'] {
  for (let draw = 0; draw < MOST_DRAWS; draw++) {
    const move = planned(members, i, rules, draw)
    if (move?.kind !== 'exploit') return { kind: 'keep' }
    const donor = members.find((one) => String(one.i) === move.from)
    if (donor?.reached == null) return { kind: 'keep' }
    const exploit = { kind: 'exploit', from: donor.i, donor: donor.reached } as const
    const values = rules.allow(valuesOfDraw(rules.parameters, move.params))
    if (values !== null) return { ...exploit, values }
    if (draw === MOST_DRAWS - 1) return { ...exploit, values: donor.values }
  }
  return { kind: 'keep' }
}

function planned(
  members: readonly Member[],
  i: number,
  { population, parameters, objective, seed, generation }: PopulationRules,
  draw: number,
): PopulationMove | undefined {
  const { truncation, factor, resample } = population
  const moves = planPopulation({
    space: spaceOf(parameters),
    members: members.flatMap((member) => {
      const params = drawOfValues(parameters, member.values)
      // The values are outside the edited ranges, so the member is not changed.
      if (params === undefined) return []
      return [{ id: String(member.i), params, score: scoreOf(member), checkpoint: member.reached?.tag }]
    }),
    direction: objective.direction === 'max' ? 'maximize' : 'minimize',
    seed,
    // Each draw uses its own random numbers, which no other draw in any decision uses.
    generation: generation * MOST_DRAWS + draw,
    truncation,
    factor,
    resample,
  })
  return moves.find(({ id }) => id === String(i))
}

function scoreOf({ reached }: Member): number | undefined {
  return reached === null ? undefined : (reached.score ?? Number.NaN)
}

function ranksIn(members: readonly Member[], { objective: { direction } }: PopulationRules): readonly number[] {
  const worst = Number.POSITIVE_INFINITY
  const cost = ({ reached }: Member): number => {
    const score = reached?.score ?? null
    return score === null ? worst : direction === 'max' ? -score : score
  }
  const scored = members.filter(({ reached }) => reached !== null)
  return [...scored].sort((a, b) => (cost(a) < cost(b) ? -1 : cost(a) > cost(b) ? 1 : a.i - b.i)).map(({ i }) => i)
}
