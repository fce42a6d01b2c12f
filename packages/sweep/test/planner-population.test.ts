import { describe, expect, test } from 'vitest'
import type { Parameter } from '../src/config/config.ts'
import { type Member, type PopulationRules, planExploits, populationKey } from '../src/planners/population.ts'
import { float, str, type Value } from '../src/value.ts'

// A single check of a population. population.prop.test.ts runs whole stories.

const LR: Parameter = {
  kind: 'continuous',
  name: 'lr',
  abbrev: 'lr',
  default: null,
  low: 1e-4,
  high: 1,
  isLog: true,
  steps: 1,
}

function member(i: number, score: number | null | undefined, more: Partial<Member> = {}): Member {
  const reached = score === undefined ? null : { step: 100 + i, score, tag: `pbt-${100 + i}` }
  return { i, values: [float(0.01 * (i + 1))], reached, mayMove: true, ...more }
}

function plan(members: readonly Member[], more: Partial<PopulationRules> = {}) {
  return planExploits(members, {
    population: { interval: 10, truncation: 0.25, factor: 0.5, resample: 0, controls: {} },
    parameters: [LR],
    objective: { direction: 'min' },
    seed: 1,
    generation: 0,
    isDecided: () => false,
    allow: (values) => values,
    ...more,
  })
}

const kinds = (actions: ReturnType<typeof plan>) => actions.map(({ trial, move }) => `${trial} ${move.kind === 'keep' ? 'keep' : `from ${move.from}`}`) // biome-ignore format: short

describe('at a boundary', () => {
  test('the worst quarter continues from the best quarter, and the others stay unchanged', () => {
    const actions = plan([5, 1, 7, 3, 2, 8, 6, 4].map((score, i) => member(i, score)))
    expect(actions.map(({ key, trial, rank, of }) => [key, trial, rank, of])).toEqual(
      [4, 0, 6, 2, 1, 7, 5, 3].map((rank, i) => [`pbt/${100 + i}/${i}`, i, rank, 8]),
    )
    for (const { trial, move } of actions) {
      expect([trial, move.kind]).toEqual([trial, trial === 2 || trial === 5 ? 'exploit' : 'keep'])
      if (move.kind !== 'exploit') continue
      expect([1, 4]).toContain(move.from)
      expect(move.donor).toEqual({
        step: 100 + move.from,
        score: move.from === 1 ? 1 : 2,
        tag: `pbt-${100 + move.from}`,
      })
      const [value] = move.values
      const old = 0.01 * (move.from + 1)
      expect(
        [0.5 * old, 1.5 * old].some((near) => value?.type === 'float' && Math.abs(value.value - near) < 1e-12),
      ).toBe(true)
    }
  })

  test('larger scores are better if the objective is maximized', () => {
    const members = [1, 2, 3, 4].map((score, i) => member(i, score))
    expect(kinds(plan(members))).toEqual(['0 keep', '1 keep', '2 keep', '3 from 0'])
    const max = plan(members, { objective: { direction: 'max' } })
    expect(kinds(max)).toEqual(['0 from 3', '1 keep', '2 keep', '3 keep'])
    expect(max.map(({ rank }) => rank)).toEqual([3, 2, 1, 0])
  })

  test('a score that is not a number is the worst, and a member without a score does not count', () => {
    const actions = plan([member(0, 2), member(1, null), member(2, 1), member(3, 3), member(4, undefined)])
    expect(actions.map(({ trial, rank, of }) => [trial, rank, of])).toEqual([[0, 1, 4], [1, 3, 4], [2, 0, 4], [3, 2, 4]]) // biome-ignore format: short
    expect(kinds(actions)).toContain('1 from 2')
    // Equal scores are ranked by index.
    expect(plan([member(0, 1), member(1, 1)]).map(({ rank }) => rank)).toEqual([0, 1])
  })

  test('only members that may move and were not judged at this boundary are judged, but all members are ranked', () => {
    const members = [1, 2, 3, 4].map((score, i) => member(i, score, { mayMove: i > 1 }))
    const asked: string[] = []
    const isDecided = (key: string): boolean => {
      asked.push(key)
      return key === populationKey(102, 2)
    }
    expect(kinds(plan(members, { isDecided }))).toEqual(['3 from 0'])
    expect(asked).toEqual(['pbt/102/2', 'pbt/103/3'])
  })

  test('a donor must have a checkpoint, and a member with values outside the current ranges is not changed', () => {
    const far = [1, 2, 3, 4].map((score, i) => member(i, score, i === 3 ? { values: [float(5)] } : {}))
    expect(kinds(plan(far))).toEqual(['0 keep', '1 keep', '2 from 0', '3 keep'])
    expect(plan([member(0, undefined), member(1, undefined)])).toEqual([])
  })
})

describe('the values after an exploit', () => {
  const members = [1, 2, 3, 4].map((score, i) => member(i, score))
  const valuesIn = (more: Partial<PopulationRules>): readonly Value[] | undefined => {
    const move = plan(members, more).at(-1)?.move
    return move?.kind === 'exploit' ? move.values : undefined
  }

  test("are drawn up to eight times until the conditions allow them, and are the donor's values otherwise", () => {
    let draws = 0
    expect(valuesIn({ allow: () => (++draws > 8 ? [] : null) })).toEqual([float(0.01)])
    expect(draws).toBe(8)
    draws = 0
    const forced = [str('forced')]
    expect(valuesIn({ allow: () => (++draws < 3 ? null : forced) })).toBe(forced)
    expect(draws).toBe(3)
  })

  test('depend on the seed and on the number of earlier decisions', () => {
    const many = { population: { interval: 10, truncation: 0.25, factor: 0.5, resample: 1, controls: {} } }
    const first = valuesIn(many)
    expect(valuesIn(many)).toEqual(first)
    expect(valuesIn({ ...many, seed: 2 })).not.toEqual(first)
    expect(valuesIn({ ...many, generation: 1 })).not.toEqual(first)
    // Two decisions in one check use different random numbers, and so does the second draw of a decision.
    const all = plan(
      [1, 2, 3, 4, 5, 6, 7, 8].map((score, i) => member(i, score)),
      many,
    )
    const [one, other] = all.flatMap(({ move }) => (move.kind === 'exploit' ? [move.values] : []))
    expect(one).not.toEqual(other)
    let draw = 0
    const second = valuesIn({ ...many, allow: (values) => (draw++ === 0 ? null : values) })
    expect(second).not.toEqual(first)
    expect(second).not.toEqual(valuesIn({ ...many, generation: 1 }))
  })
})
