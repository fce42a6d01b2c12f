import type { ControlDescription, Json, JsonObject } from '@hotcb/protocol'
import { describe, expect, test } from 'vitest'
import { evolveRecipe } from '../src/evolve.ts'
import { differencePattern, factorPattern } from '../src/pattern.ts'
import { phaseOf } from '../src/phase.ts'
import { type Proposal, propose } from '../src/propose.ts'
import { readTuneRecipe } from '../src/recipe.ts'
import { askRandom, askTpe, type Movable, movable } from '../src/space.ts'
import { EMPTY_STORY, type Mutation } from '../src/story.ts'
import { applied, judged, type Scene, viewOf } from './view.ts'

const recipeOf = (fields: JsonObject, more: JsonObject = {}) => ({
  ...{ actuators: { opt: { keys: { lr: { bounds: [0.5, 4], cooldown: 0, ...fields } } } }, ...more },
})
const knobOf = (fields: JsonObject, control: Partial<ControlDescription> = {}) => {
  const [knob] = viewOf({ recipe: recipeOf(fields), control }).knobs
  if (knob === undefined) throw new Error('one knob')
  return knob
}
const search = (fields: JsonObject = {}) => viewOf({ recipe: recipeOf({}, { search: fields }) }).recipe.search

describe('a knob may be moved', () => {
  const bounds = (direction: 'up' | 'down' | 'both', fields: JsonObject, control: Partial<ControlDescription> = {}) => {
    const found = movable(knobOf(fields, control), direction)
    return found === null ? null : [found.from, found.low, found.high]
  }

  test.each<[string, 'up' | 'down' | 'both', JsonObject, Partial<ControlDescription>, readonly number[] | null]>([
    ['by factors within its bounds', 'both', {}, {}, [0.1, 0.5, 4]],
    ['up: by 5 % at least', 'up', {}, {}, [0.1, 1.05, 4]],
    ['down: by 5 % at least', 'down', {}, {}, [0.1, 0.5, 1 / 1.05]],
    ['not up if its bounds are below 1', 'up', { bounds: [0.5, 0.9] }, {}, null],
    ['not down if its bounds are above 1', 'down', { bounds: [1.5, 2] }, {}, null],
    ['up to the maximum of its control', 'both', {}, { max: 0.2 }, [0.1, 0.5, 2]],
    ['down to the minimum of its control', 'both', {}, { min: 0.08 }, [0.1, 0.8, 4]],
    ['by at most its maximum step', 'both', { max_step_mult: 1.25 }, {}, [0.1, 0.8, 1.25]],
    ['not at all by a factor of 1', 'both', { bounds: [1, 1] }, {}, null],
    ['by differences', 'both', { mode: 'delta', bounds: [-0.05, 0.3] }, {}, [0.1, -0.05, 0.3]],
    ['up by differences', 'up', { mode: 'delta', bounds: [-0.05, 0.3] }, {}, [0.1, 0, 0.3]],
    ['down by differences', 'down', { mode: 'delta', bounds: [-0.05, 0.3] }, {}, [0.1, -0.05, 0]],
    [
      'by differences within the bounds of its control',
      'both',
      { mode: 'delta', bounds: [-1, 1] },
      { min: 0, max: 0.4 },
      [0.1, -0.1, 0.3],
    ],
    ['to values', 'up', { mode: 'set', bounds: [0.01, 9] }, { max: 1 }, [0.1, 0.01, 1]],
    [
      'to values within its maximum step',
      'both',
      { mode: 'set', bounds: [0, 9], max_step_mult: 2 },
      {},
      [0.1, 0.05, 0.2],
    ],
    [
      'from 0 regardless of its maximum step',
      'both',
      { mode: 'delta', bounds: [-1, 1], max_step_mult: 2 },
      { current: 0 },
      [0, 0, 1],
    ],
    ['to no value outside the bounds of its control', 'both', { mode: 'set', bounds: [2, 3] }, { max: 1 }, null],
  ])('%s', (_name, direction, fields, control, wanted) => {
    expect(bounds(direction, fields, control)).toEqual(
      wanted === null ? null : wanted.map((one) => expect.closeTo(one, 9)),
    )
  })

  test('in both directions in every phase if it is not a learning rate', () => {
    const found = movable({ ...knobOf({}), isRate: false }, 'up')
    expect([found?.low, found?.high]).toEqual([0.5, 4])
  })
})

function movables(...fields: readonly JsonObject[]): readonly Movable[] {
  return fields.map((one, index) => {
    const found = movable({ ...knobOf(one), name: `opt:k${index}` }, 'both')
    if (found === null) throw new Error('must be movable')
    return found
  })
}

describe('a proposed move', () => {
  test('at random is the same for the same seed and number, stays within the bounds, and is often near the center', () => {
    const two = movables({ bounds: [0.5, 4], prior_center: 4 }, { mode: 'delta', bounds: [-1, 3], prior_center: -1 })
    const all = Array.from({ length: 200 }, (_, count) => askRandom(two, count, search()))
    expect(askRandom(two, 5, search())).toEqual(all[5])
    expect(askRandom(two, 5, search({ seed: 1 }))).not.toEqual(all[5])
    const values = (index: number) => all.filter((move) => move.movable === two[index]).map(({ value }) => value)
    const [factors, differences] = [values(0), values(1)]
    expect(factors.length + differences.length).toBe(200)
    for (const own of [factors, differences]) expect(own.length).toBeGreaterThan(70)
    // Three tenths of the draws are near the center.
    const ends = (own: readonly number[]) => [Math.min(...own), Math.max(...own)]
    expect(ends(factors).map((one) => Math.round(10 * one) / 10)).toEqual([1.6, 3.9])
    // The control is at 0.1 and must not go below 0.
    expect(ends(differences)).toEqual([-0.1, expect.closeTo(1.8, 0)])
    // Factors are drawn on a logarithmic scale, so half of them are below the middle, the square root of 2.
    const below = factors.filter((one) => one < 0.7 * Math.SQRT2 + 1.2).length / factors.length
    expect(below).toBeGreaterThan(0.4)
    expect(below).toBeLessThan(0.6)
    expect(() => askRandom([], 0, search())).toThrow(new RangeError('`askRandom` needs a knob that may be moved'))
  })

  test('from TPE is first near the center of a knob, and is the same for the same observations', () => {
    const center = (prior_center: number) => {
      const one = movables({ bounds: [0.25, 4], prior_center })
      return Array.from({ length: 12 }, (_, seed) => askTpe(one, [], search({ seed, startup_trials: 0 })).value)
    }
    const mean = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / values.length
    expect(mean(center(3.5))).toBeGreaterThan(mean(center(0.3)) + 0.5)
    expect(center(2)).toEqual(center(2))
    for (const value of center(2)) {
      expect(value).toBeGreaterThanOrEqual(0.25)
      expect(value).toBeLessThanOrEqual(4)
    }
  })

  test('from TPE prefers the knob that helped, and ignores moves of other knobs and moves outside the bounds', () => {
    const two = movables({}, {})
    const trials = (score: (index: number) => number, more: Partial<Mutation> = {}): Mutation[] =>
      Array.from({ length: 24 }, (_, i) => {
        const judgement = {
          ...judged(50, 'accepted').judgement,
          score: score(i % 2),
          bad: null,
        } as Mutation['judgement']
        return judged(50, 'accepted', { knob: `opt:k${i % 2}`, value: 0.6 + i / 10, judgement, ...more })
      })
    const asked = (judgedMoves: readonly Mutation[]) =>
      Array.from({ length: 9 }, (_, seed) => {
        return two.indexOf(
          askTpe(two, judgedMoves, search({ seed, startup_trials: 4 })).movable as (typeof two)[number],
        )
      })
    const count = (all: readonly number[]) => all.filter((one) => one === 1).length
    expect(count(asked(trials((index) => index)))).toBeGreaterThan(count(asked(trials((index) => -index))))
    const nothing = asked([])
    expect(asked(trials((index) => index, { knob: 'opt:other' }))).toEqual(nothing)
    expect(asked(trials((index) => index, { value: 4.01 }))).toEqual(nothing)
    expect(asked(trials((index) => index, { value: 0.49 }))).toEqual(nothing)
    expect(() => askTpe([], [], search())).toThrow()
  })
})

function proposed(scene: Scene, pointsSince: (step: number) => number = () => 9): Proposal | string {
  const { story, recipe, knobs, phase, mode } = viewOf(scene)
  return propose({ story, recipe, knobs, phase, isSuggesting: mode === 'suggest', pointsSince })
}

describe('a proposal', () => {
  const declined = (to: number, more: Partial<Mutation> = {}) =>
    applied(50, { state: 'declined', declinedStep: 50, appliedStep: null, to, value: to / 0.1, by: 'tpe', ...more })
  const mutations = { lr_mult: { bounds: [0.5, 4], cooldown: 0 }, lr_delta: { bounds: [-0.05, 0.05], cooldown: 0 } }
  const two: Json = { opt: { mutations } }

  test('has the next number after the last change, and all fields of its line', () => {
    expect(proposed({ recipe: recipeOf({}) })).toMatchObject({
      ...{ m: 'm_00001', value: 4, from: 0.1, to: 0.4, by: 'pattern', isSuggested: false },
    })
    const story = { mutations: [judged(50, 'rejected', { id: 'm_00041', number: 41, value: 4 })] }
    expect(proposed({ recipe: recipeOf({}), story })).toMatchObject({ m: 'm_00042', value: 2, to: 0.2 })
  })

  test('moves another knob if a person has rejected that move; values within 5 % count as the same move', () => {
    const scene = (to: number, more: Partial<Mutation> = {}): Scene => ({
      recipe: { actuators: two },
      story: {
        mutations: [declined(to, more), judged(60, 'rejected', { knob: 'opt:lr_mult', value: 0.7, by: 'tpe' })],
      },
    })
    const name = (given: Scene) => {
      const found = proposed(given)
      return typeof found === 'string' ? found : found.knob.name
    }
    // The pattern for the rate begins with the factor 4, which leads to 0.4.
    expect(name(scene(0.4))).toBe('opt:lr_delta')
    expect([name(scene(0.385)), name(scene(0.415))]).toEqual(['opt:lr_delta', 'opt:lr_delta'])
    expect([name(scene(0.38)), name(scene(0.421))]).toEqual(['opt:lr_mult', 'opt:lr_mult'])
    expect(name(scene(-0.4))).toBe('opt:lr_mult')
    expect(name(scene(0.4, { knob: 'opt:other_mult' }))).toBe('opt:lr_mult')
    expect(name(scene(0.4, { phase: 'early' }))).toBe('opt:lr_mult')
  })

  test("pauses after a person's rejections for 2, 4, then 8 points; any other outcome ends the pause", () => {
    const story = (...mutations: readonly Mutation[]) => ({ mutations })
    const paused = (points: number, ...mutations: readonly Mutation[]) =>
      proposed({ recipe: recipeOf({}), story: story(...mutations) }, () => points) ===
      'it is waiting for points after the last judgement'
    const no = declined(9)
    expect([paused(1, no), paused(2, no)]).toEqual([true, false])
    expect([paused(3, no, no), paused(4, no, no)]).toEqual([true, false])
    expect([paused(7, no, no, no), paused(8, no, no, no, no, no)]).toEqual([true, false])
    expect(paused(0, no, judged(60, 'rejected'))).toBe(false)
    expect(paused(0, declined(9, { knob: 'opt:other' }))).toBe(false)
    // The pause is counted from the last rejection.
    const steps: number[] = []
    proposed({ recipe: recipeOf({}), story: story(declined(9), declined(9, { declinedStep: 77 })) }, (step) => {
      steps.push(step)
      return 9
    })
    expect(steps).toContain(77)
  })

  test('counts the cooldown from the judgement, or from the step to which a rollback moved it', () => {
    const steps = (judgedStep: number) => {
      const seen: number[] = []
      const mutations = [judged(50, 'rejected')]
      proposed({ recipe: recipeOf({ cooldown: 1 }), story: { mutations, judgedStep } }, (step) => {
        seen.push(step)
        return 9
      })
      return seen
    }
    expect([steps(30).at(-1), steps(80).at(-1)]).toEqual([30, 50])
  })

  test('needs a person if the risk is medium, and comes after those that need no person', () => {
    const risky = { opt: { keys: { lr: { bounds: [0.5, 4], cooldown: 0, risk: 'medium' } } } }
    expect(proposed({ recipe: { actuators: risky } })).toMatchObject({ isSuggested: true, by: 'pattern' })
    const both = { opt: { ...risky.opt, mutations: { lr_delta: { bounds: [-0.05, 0.05], cooldown: 0 } } } }
    expect(proposed({ recipe: { actuators: both } })).toMatchObject({
      knob: { name: 'opt:lr_delta' },
      isSuggested: false,
    })
    expect(proposed({ recipe: { actuators: both }, mode: 'suggest' })).toMatchObject({ isSuggested: true })
    // While one suggestion is waiting, moves that need no person are still proposed.
    const story = { mutations: [applied(50, { state: 'suggested', appliedStep: null })] }
    expect(proposed({ recipe: { actuators: both }, story }, () => 1)).toMatchObject({ knob: { name: 'opt:lr_delta' } })
    expect(proposed({ recipe: { actuators: risky }, story }, () => 1)).toBe('its suggestion is waiting for you')
  })

  test('is missing if no move is left', () => {
    const tried = [4, 2, Math.SQRT2].map((value) => judged(50, 'rejected', { value }))
    const story = { mutations: tried }
    const pattern = recipeOf({}, { search: { algorithm: 'pattern' } })
    expect(proposed({ recipe: pattern, story })).toBe('every move in its pattern has been tried in this phase')
    expect(proposed({ recipe: recipeOf({}), story })).toMatchObject({ by: 'tpe' })
    expect(proposed({ recipe: recipeOf({}, { search: { algorithm: 'random' } }) })).toMatchObject({ by: 'random' })
    const value = { mode: 'set', bounds: [0.1, 0.1] }
    expect(proposed({ recipe: recipeOf(value) })).toBe('opt:lr_set has no room left')
  })

  test('stays below the ceiling of its own control only', () => {
    const to = (ceiling: { module: string; key: string; value: number }) => {
      const found = proposed({ recipe: recipeOf({}), story: { ceiling } })
      return typeof found === 'string' ? found : found.to
    }
    expect(to({ module: 'opt', key: 'lr', value: 0.25 })).toBe(0.25)
    expect(to({ module: 'opt', key: 'lr', value: 9 })).toBe(0.4)
    expect(to({ module: 'loss', key: 'lr', value: 0.25 })).toBe(0.4)
    expect(to({ module: 'opt', key: 'momentum', value: 0.25 })).toBe(0.4)
  })

  test('goes down by a factor of 0.5 at first, or by the only factor that the bounds allow', () => {
    const down: Scene = { recipe: recipeOf({ bounds: [0.1, 4] }), phase: { direction: 'down' } }
    expect(proposed(down)).toMatchObject({ value: 0.5, to: 0.05 })
    const one: Scene = { recipe: recipeOf({ bounds: [0.8, 0.8] }), phase: { direction: 'both' } }
    expect(proposed(one)).toMatchObject({ by: 'tpe', to: 0.08 })
    const fixed: Scene = { recipe: recipeOf({ bounds: [0.25, 0.25] }), phase: { direction: 'both' } }
    expect(proposed(fixed)).toMatchObject({ by: 'pattern', to: 0.025 })
  })
})

describe('the first moves of a knob', () => {
  const moves = (...given: readonly (readonly [number, 'accepted' | 'rejected'])[]) =>
    given.map(([value, decision]) => judged(50, decision, { value }))

  test('skip directions that are not allowed or moves that are too small', () => {
    expect(factorPattern([], { up: null, down: 0.5 })).toEqual({ next: 0.5, tried: 0 })
    expect(factorPattern([], { up: 1.29, down: 0.5 }).next).toBe(0.5)
    expect(factorPattern([], { up: 1.3, down: null }).next).toBe(1.3)
    expect(factorPattern([], { up: null, down: 0.78 }).next).toBeNull()
    expect(factorPattern([], { up: null, down: 0.76 }).next).toBe(0.76)
    expect(factorPattern([], { up: null, down: null })).toEqual({ next: null, tried: 0 })
  })

  test('of a difference go in both directions, each depending on its own outcomes', () => {
    const both = { up: 8, down: -4 }
    expect(differencePattern([], both)).toEqual({ next: 8, tried: 0 })
    expect(differencePattern(moves([8, 'accepted']), both)).toEqual({ next: 8, tried: 1 })
    const up = moves([8, 'rejected'], [4, 'rejected'], [2, 'rejected'])
    expect(differencePattern(up, both)).toEqual({ next: -4, tried: 3 })
    expect(differencePattern([...up, ...moves([-4, 'rejected'])], both)).toEqual({ next: -2, tried: 4 })
    expect(differencePattern(moves([-4, 'rejected']), both).next).toBe(8)
    expect(differencePattern([], { up: 0, down: -4 }).next).toBe(-4)
    expect(differencePattern([], { up: null, down: 0 })).toEqual({ next: null, tried: 0 })
    const regretted = [judged(50, 'accepted', { value: 8, isRegretted: true })]
    expect(differencePattern(regretted, both).next).toBe(4)
  })
})

describe('a recipe updated from a run', () => {
  const evolved = (document: JsonObject, ...mutations: readonly Mutation[]) => {
    const read = readTuneRecipe(document)
    if (!read.ok) throw new Error(read.problems[0]?.reason)
    return evolveRecipe(read.recipe, { ...EMPTY_STORY, mutations })
  }

  test('has the median of the accepted moves, and bounds around them', () => {
    const keys = { lr: { bounds: [0.5, 2] }, wd: { mode: 'delta', bounds: [-1, 1] }, other: {} }
    const { actuators, search: kept } = evolved(
      { actuators: { opt: { keys } }, search: { seed: 5 } },
      ...[3, 1.25, 0.75].map((value) => judged(50, 'accepted', { value })),
      ...[-2, 4].map((value) => judged(50, 'accepted', { value, knob: 'opt:wd_delta', mode: 'delta' })),
      judged(50, 'accepted', { value: 9, knob: 'loss:other_mult' }),
    )
    expect(actuators['opt']?.keys).toMatchObject({
      lr: { prior_center: 1.25, bounds: [0.5, 4.5], cooldown: 1 },
      wd: { prior_center: 4, bounds: [-3, 6], mode: 'delta' },
      other: { prior_center: 1, bounds: [0.5, 2] },
    })
    expect([kept.seed, actuators['opt']?.enabled]).toEqual([5, true])
  })

  test('rounds to six digits, and keeps the factor 1 within the bounds', () => {
    const { actuators } = evolved(
      { actuators: { opt: { mutations: { lr_mult: {} } } } },
      judged(50, 'accepted', { value: 10 / 3 }),
    )
    expect(actuators['opt']?.mutations['lr_mult']).toMatchObject({ prior_center: 3.333_33, bounds: [1, 5] })
  })
})

test('a step belongs to the phase that contains it', () => {
  const read = readTuneRecipe(null)
  const phases = read.ok ? read.recipe.phases : {}
  expect(phaseOf(phases, 5, 0)).toEqual({ name: 'mid', direction: 'up' })
  expect(phaseOf({}, 5, 10)).toEqual({ name: 'late', direction: 'down' })
  expect(phaseOf({}, 5, null)).toEqual({ name: 'mid', direction: 'up' })
  const mid = { start_frac: 0.2, end_frac: 0.7, direction: 'both' as const }
  expect(phaseOf({ mid }, 5, null)).toEqual({ name: 'mid', direction: 'both' })
})
