import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Parameter, Population } from '../src/config/config.ts'
import { type Member, type PopulationAction, planExploits } from '../src/planners/population.ts'
import { float, numberOf } from '../src/value.ts'

const PARAMETERS: readonly Parameter[] = [
  { kind: 'continuous', name: 'lr', abbrev: 'lr', default: null, low: 1e-4, high: 1, isLog: true, steps: 1 },
]

// Each score occurs once, because a simple model could not know the rank of equal scores.
interface Story {
  readonly direction: 'min' | 'max'
  readonly population: Population
  readonly seed: number
  readonly members: number
  /** A member that reaches its next boundary with a score, a check, or a change of the interval. */
  readonly events: readonly (
    | { readonly kind: 'arrive'; readonly who: number; readonly hasCheckpoint: boolean; readonly isNumber: boolean }
    | { readonly kind: 'look' }
    | { readonly kind: 'interval'; readonly interval: number }
  )[]
}

const STORIES: fc.Arbitrary<Story> = fc.record({
  direction: fc.constantFrom('min' as const, 'max' as const),
  population: fc.record({
    interval: fc.integer({ min: 1, max: 9 }),
    truncation: fc.constantFrom(0.1, 0.2, 0.34, 0.5),
    factor: fc.constantFrom(0.2, 0.5),
    resample: fc.constantFrom(0, 0.25, 1),
    controls: fc.constant({ lr: 'lr' }),
  }),
  seed: fc.nat(),
  members: fc.integer({ min: 1, max: 9 }),
  events: fc.array(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          kind: fc.constant('arrive' as const),
          who: fc.nat({ max: 8 }),
          hasCheckpoint: fc.boolean(),
          isNumber: fc.integer({ min: 0, max: 9 }).map((one) => one > 0),
        }),
      },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('look' as const) }) },
      {
        weight: 1,
        arbitrary: fc.record({ kind: fc.constant('interval' as const), interval: fc.integer({ min: 1, max: 9 }) }),
      },
    ),
    { maxLength: 120, size: 'max' },
  ),
})

interface Look {
  readonly before: readonly Member[]
  readonly actions: readonly PopulationAction[]
}

function play({ direction, population, seed, members, events }: Story, sign: 1 | -1 = 1): readonly Look[] {
  const state: Member[] = Array.from({ length: members }, (_, i) => {
    return { i, values: [float(0.01 * (i + 1))], reached: null, mayMove: true }
  })
  const steps = state.map(() => 0)
  const decided = new Set<string>()
  const looks: Look[] = []
  let { interval } = population
  let score = 0
  for (const event of events) {
    if (event.kind === 'interval') interval = event.interval
    else if (event.kind === 'arrive') {
      const i = event.who % members
      const one = state[i]
      if (one === undefined) continue
      const step = ((Math.floor((steps[i] ?? 0) / interval) + 1) * interval) as number
      steps[i] = step
      // A boundary without an applied checkpoint does not count.
      const value = event.isNumber ? sign * ((score++ * 7919) % 1009) : null
      if (event.hasCheckpoint) state[i] = { ...one, reached: { step, score: value, tag: `pbt-${step}` } }
    } else {
      const before = [...state]
      const flipped = direction === 'min' ? 'max' : 'min'
      const actions = planExploits(before, {
        population: { ...population, interval },
        parameters: PARAMETERS,
        objective: { direction: sign === 1 ? direction : flipped },
        seed,
        generation: decided.size,
        isDecided: (key) => decided.has(key),
        allow: (values) => values,
      })
      for (const { key, trial, move } of actions) {
        expect(decided.has(key)).toBe(false)
        decided.add(key)
        const own = state[trial]
        // It has reported nothing with the weights that it loaded.
        if (move.kind === 'exploit' && own !== undefined) state[trial] = { ...own, values: move.values, reached: null }
      }
      looks.push({ before, actions })
    }
  }
  return looks
}

/** A member's donors by definition: the best fraction, above it, with a number. Empty unless the member is in the worst fraction. */
function plainDonors(members: readonly Member[], i: number, direction: 'min' | 'max', truncation: number) {
  const cost = (one: Member): number => {
    const score = one.reached?.score ?? null
    return score === null ? Number.POSITIVE_INFINITY : direction === 'max' ? -score : score
  }
  const ranked = members.filter(({ reached }) => reached !== null).sort((a, b) => cost(a) - cost(b))
  if (ranked.length < 2) return []
  const cut = Math.max(1, Math.floor(truncation * ranked.length))
  const rank = ranked.findIndex((one) => one.i === i)
  if (rank < ranked.length - cut) return []
  return ranked.slice(0, Math.min(cut, rank)).filter((one) => one.reached?.score !== null)
}

test('every decision equals that of a simple model: which member copies from which, and never without a checkpoint', () => {
  fc.assert(
    fc.property(STORIES, (story) => {
      for (const { before, actions } of play(story)) {
        for (const { trial, move } of actions) {
          // Members without a number have no order among themselves.
          if (before.filter(({ reached }) => reached !== null && reached.score === null).length > 1) continue
          const donors = plainDonors(before, trial, story.direction, story.population.truncation)
          expect(move.kind).toBe(donors.length > 0 ? 'exploit' : 'keep')
          if (move.kind === 'exploit') expect(donors.map(({ i }) => i)).toContain(move.from)
        }
      }
    }),
    { numRuns: 300 },
  )
})

test('each member is judged once at each boundary at which it is seen, whatever the check frequency and the interval', () => {
  fc.assert(
    fc.property(STORIES, (story) => {
      const seen = new Set<string>()
      for (const { before, actions } of play(story)) {
        const due = before.flatMap(({ i, reached }) => (reached === null ? [] : [`pbt/${reached.step}/${i}`]))
        expect(actions.map(({ key }) => key).sort()).toEqual(due.filter((key) => !seen.has(key)).sort())
        for (const key of due) seen.add(key)
      }
    }),
    { numRuns: 300 },
  )
})

test("explored values are the donor's values changed by the factor, or other values within the range", () => {
  fc.assert(
    fc.property(STORIES, (story) => {
      const { factor, resample } = story.population
      for (const { before, actions } of play(story)) {
        for (const { move } of actions) {
          if (move.kind === 'keep') continue
          const lr = numberOf(move.values[0] ?? float(0)) ?? 0
          expect(lr >= 1e-4 && lr <= 1).toBe(true)
          const donor = numberOf(before.find(({ i }) => i === move.from)?.values[0] ?? float(0)) ?? 0
          const moved = [donor * (1 + factor), donor * (1 - factor), 1, 1e-4]
          if (resample === 0 && donor < 1 && donor > 1e-4) {
            expect(moved.some((one) => Math.abs(lr - one) < 1e-9)).toBe(true)
          }
        }
      }
    }),
    { numRuns: 200 },
  )
})

test('maximizing makes the same decisions as minimizing the negated values', () => {
  fc.assert(
    fc.property(STORIES, (story) => {
      const moves = (looks: readonly Look[]) =>
        looks.map(({ actions }) => actions.map(({ key, move }) => [key, move.kind]))
      expect(moves(play(story, -1))).toEqual(moves(play(story)))
    }),
    { numRuns: 200 },
  )
})

test('each decision has its own random numbers, even within one check', () => {
  fc.assert(
    fc.property(STORIES, (story) => {
      const drawn = play({ ...story, population: { ...story.population, resample: 1 } })
        .flatMap(({ actions }) => actions)
        .flatMap(({ move }) => (move.kind === 'exploit' ? [numberOf(move.values[0] ?? float(0))] : []))
      expect(new Set(drawn).size).toBe(drawn.length)
    }),
    { numRuns: 200 },
  )
})
