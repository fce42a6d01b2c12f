import { choice, createStudy, float as floatRange, int as intRange, normal, ordered, tpe } from 'hyperopt-ts'
import { expect, test } from 'vitest'
import type { Parameter, SweepConfig } from '../src/config/config.ts'
import { readConfig } from '../src/index.ts'
import { planModelSearch, type SearchedTrial, type SearchOutcome } from '../src/plan/model-search.ts'
import { drawOfValues, spaceOf, valuesOfDraw } from '../src/plan/search-space.ts'
import { bool, float, int, NONE, str, type Value } from '../src/value.ts'

const common = { name: 'x', abbrev: 'x', default: null }
const discrete: Parameter = { ...common, kind: 'discrete', values: [str('a'), int(3)], labels: null, isOrdered: false }
const real: Parameter = { ...common, kind: 'continuous', low: 1, high: 8, isLog: true, steps: 3 }
const whole: Parameter = { ...common, kind: 'int', low: 1, high: 10, isLog: false, step: 3 }
const gauss: Parameter = { ...common, kind: 'normal', mean: 1, sd: 2 }

test('each kind of parameter is a dimension of the search space', () => {
  expect(spaceOf([discrete, { ...discrete, isOrdered: true }, real, whole, { ...whole, isLog: true }, gauss])).toEqual({
    p0: choice([0, 1]),
    p1: ordered([0, 1]),
    p2: floatRange(1, 8, { log: true }),
    p3: intRange(1, 10, { step: 3 }),
    p4: intRange(1, 10, { log: true }),
    p5: normal(1, 2),
  })
})

test('a draw becomes a value of the right kind for each parameter', () => {
  const drawn = { p0: 1, p1: 2.5, p2: 7, p3: -1 }
  expect(valuesOfDraw([discrete, real, whole, gauss], drawn)).toEqual([int(3), float(2.5), int(7), float(-1)])
  expect(valuesOfDraw([discrete], { p0: 2 })).toEqual([NONE])
})

test('values are converted to a draw only within the ranges and, for whole numbers, on the steps', () => {
  const drawn = (parameter: Parameter, values: readonly Value[]) =>
    values.map((value) => drawOfValues([parameter], [value])?.['p0'])
  expect(drawn(discrete, [str('a'), float(3), str('b'), NONE])).toEqual([0, 1, undefined, undefined])
  expect(drawn(real, [float(1), float(8), float(0.999), float(8.001), int(2), bool(true), str('2')])).toEqual([
    ...[1, 8, undefined, undefined, 2, 1, undefined],
  ])
  expect(drawn(whole, [1, 4, 10, 2, 13, -2].map(int))).toEqual([1, 4, 10, undefined, undefined, undefined])
  expect(drawn({ ...whole, isLog: true }, [int(2), float(2.5), int(11)])).toEqual([2, undefined, undefined])
  expect(drawn({ ...whole, step: 0.5 }, [float(1.5), float(2)])).toEqual([undefined, 2])
  expect(drawn(gauss, [float(-99), str('x')])).toEqual([-99, undefined])
  expect(drawOfValues([discrete, real], [str('a'), float(9)])).toBeUndefined()
  expect(drawOfValues([discrete, real], [str('a')])).toBeUndefined()
  expect(drawOfValues([discrete, real], [str('a'), float(2)])).toEqual({ p0: 0, p1: 2 })
})

const YAML = `name: s
launcher: ./l.sh
objective: {metric: loss, direction: min}
parameters:
  x: {type: continuous, low: -5, high: 5}
`
function setUp(more: string): (trials: readonly SearchedTrial[]) => readonly unknown[] {
  const reading = readConfig(YAML + more)
  if (!reading.ok) throw new Error(reading.problems.map(({ message }) => message).join('\n'))
  const config: SweepConfig = reading.config
  const { search, objective } = config
  if (search === null || objective === null) throw new Error('no search')
  return (trials) => {
    const planned = planModelSearch(config, search, objective, trials)
    return planned.ok ? planned.value.map(({ params }) => params.map(([, value]) => ('value' in value ? value.value : null))) : [planned.message] // biome-ignore format: short
  }
}
const tried = (x: number, outcome: SearchOutcome): SearchedTrial => ({ trial: { params: [['x', float(x)]], extras: [] }, outcome }) // biome-ignore format: short

test('a search proposes the same trials as its sampler after the same outcomes', () => {
  const next = setUp('search: {method: tpe, trials: 9, parallel: 2, seed: 3, startup: 2}\n')
  const study = () => createStudy({ space: { p0: floatRange(-5, 5) }, seed: 3, sampler: tpe({ startup: 2 }), direction: 'minimize' }) // biome-ignore format: short
  const fresh = study()
  expect(next([])).toEqual([[fresh.ask().params['p0']], [fresh.ask().params['p0']]])
  const informed = study()
  const ask = (p0: number) => informed.ask({ fixed: { p0 } })
  informed.tell(ask(1), 4)
  informed.tell(ask(2), 1)
  const pruned = ask(3)
  informed.report(pruned, 10, 7)
  informed.tell(pruned, 'pruned')
  informed.tell(ask(-4), 'pruned')
  informed.tell(ask(4), 'failed')
  ask(0)
  const outcomes = [
    tried(1, { kind: 'complete', value: 4 }),
    tried(2, { kind: 'complete', value: 1 }),
    tried(3, { kind: 'pruned', last: { step: 10, value: 7 } }),
    tried(-4, { kind: 'pruned', last: null }),
    tried(4, { kind: 'failed' }),
    tried(0, { kind: 'open' }),
  ]
  expect(next(outcomes)).toEqual([[informed.ask().params['p0']]])
})

test('a search keeps its number of combinations in flight, and ends after its number of trials', () => {
  const next = setUp('search: {method: cmaes, trials: 4, parallel: 2, seed: 3}\n')
  const done = (count: number) => Array.from({ length: count }, (_, i) => tried(i, { kind: 'complete', value: i }))
  const open = tried(4.5, { kind: 'open' })
  expect([next(done(2)), next(done(3)), next(done(4)), next(done(5))].map((some) => some.length)).toEqual([2, 1, 0, 0])
  expect([next([open]), next([open, tried(-4.5, { kind: 'open' })])].map((some) => some.length)).toEqual([1, 0])
})

test('a condition that cannot be evaluated ends a search with its error message', () => {
  const next = setUp('search: {method: tpe, trials: 4, seed: 3}\nconditions:\n  - {name: c, when: {expr: "1 / (x - x) > 0"}, set: {m: 1}}\n') // biome-ignore format: short
  expect(next([])).toEqual([expect.stringMatching(/^condition "c" in line \d+: division by zero in "1 \/ \(x - x\) > 0", for x=-?\d/)]) // biome-ignore format: short
})
