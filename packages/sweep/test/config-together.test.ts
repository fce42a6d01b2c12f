import { describe, expect, test } from 'vitest'
import { readConfig, type SweepConfig } from '../src/index.ts'
import { float, int, str } from '../src/value.ts'

// Fields in hyperherd.yaml that depend on each other.

const HEAD = 'name: t\nlauncher: ./l.sh\n'
const LR = 'parameters:\n  lr: {type: discrete, values: [0.1, 0.2]}\n  n: {type: discrete, values: [1, 2]}\n'
const OBJECTIVE = 'objective: {metric: m, direction: min}\n'
const PBT = `${OBJECTIVE}search: {method: pbt, trials: 4}\npopulation: {interval: 5`

function problemsOf(yaml: string): readonly string[] {
  const reading = readConfig(`${HEAD}${yaml}`)
  return reading.ok ? [] : reading.problems.map(({ field, message }) => `${field}: ${message}`)
}

function read(yaml: string): SweepConfig {
  const reading = readConfig(`${HEAD}${yaml}`)
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems))
  return reading.config
}

describe('a search', () => {
  test('has all its fields, and cannot be combined with other ways to choose trials', () => {
    expect(read(`${LR}search: {method: random, trials: 3}\n`).search).toEqual({ method: 'random', trials: 3, seed: 0, parallel: 4, startup: null }) // biome-ignore format: short
    const tpe = `${LR}${OBJECTIVE}search: {method: tpe, trials: 9, seed: 5, parallel: 2, startup: 3}\n`
    expect(read(tpe).search).toEqual({ method: 'tpe', trials: 9, seed: 5, parallel: 2, startup: 3 })
    expect(problemsOf(`grid: all\n${LR}search: {method: random, trials: 3}\n`)).toEqual(['search: `grid` and `search` cannot be combined; remove one']) // biome-ignore format: short
    expect(problemsOf(`${LR}search: {method: random, trials: 3, startup: 2}\n`)).toEqual([
      'search.startup: random has no `startup`, which is the number of trials before tpe uses its model',
    ])
  })

  test('needs an objective if it learns from results', () => {
    const of = (method: string) => problemsOf(`${LR}search: {method: ${method}, trials: 3}\n`)
    for (const method of ['tpe', 'cmaes', 'auto']) expect(of(method)).toEqual([`search: ${method} needs \`objective\`: {metric: val_loss, direction: min}`]) // biome-ignore format: short
    for (const method of ['random', 'sobol']) expect(of(method)).toEqual([])
  })
})

describe('a population', () => {
  test('has its rules, and a control for each parameter', () => {
    const { population, local } = read(
      `${LR}${PBT}, truncation: 0.5, factor: 0.1, resample: 0, controls: {n: opt/n}}\n`,
    )
    expect(population).toEqual({ interval: 5, truncation: 0.5, factor: 0.1, resample: 0, controls: { lr: 'lr', n: 'opt/n' } }) // biome-ignore format: short
    expect(local.maxConcurrent).toBe(4)
    expect(read(`${LR}${PBT}}\nlocal: {max_concurrent: 2}\n`).local.maxConcurrent).toBe(2)
    expect(problemsOf(`${LR}${PBT}, controls: {lrr: a}}\n`)).toEqual([
      'population.controls.lrr: unknown field; did you mean `lr`?',
    ])
    expect(problemsOf(`${LR}${PBT}, controls: {lr: ""}}\n`)).toEqual(['population.controls.lr: "" is empty; it must contain text']) // biome-ignore format: short
  })

  test('needs its search and its objective, and cannot be combined with other ways to stop trials', () => {
    const none = `${LR}search: {method: pbt, trials: 1}\nseeds: {count: 2}\nsuccessive_halving: {metric: v, direction: min, min_steps: 1, budget: 2}\n` // biome-ignore format: short
    expect(problemsOf(none)).toEqual([
      'search: pbt needs `population`: {interval: 500}, the number of steps between two decisions',
      'search: a population of 1 is too small; set `trials` to at least 2',
      'search: pbt cannot use `seeds`, because all trials of a population share one seed; remove `seeds`',
      'search: pbt cannot be combined with `successive_halving`; remove one',
    ])
    expect(problemsOf(`${LR}search: {method: pbt, trials: 2}\npopulation: {interval: 5}\n`)).toEqual(['search: pbt needs `objective`: {metric: val_loss, direction: min}']) // biome-ignore format: short
    const only = 'population: is only allowed with `search: {method: pbt, trials: N}`'
    expect(problemsOf(`grid: all\n${LR}population: {interval: 5}\n`)).toEqual([only])
    expect(problemsOf(`${LR}search: {method: random, trials: 2}\npopulation: {interval: 5}\n`)).toEqual([only])
  })
})

describe('a grid', () => {
  const withDefaults = LR.replace('[0.1, 0.2]', '[0.1, 0.2], default: 0.1').replace('[1, 2]', '[1, 2], default: 2')

  test('varies all parameters, some, or one at a time; the others need defaults', () => {
    expect(read(withDefaults).grid).toEqual({ kind: 'one-at-a-time' })
    expect(read(`grid: [n]\n${withDefaults}`).grid).toEqual({ kind: 'some', names: ['n'] })
    expect(problemsOf(LR)).toEqual(
      ['lr', 'n'].map(
        (name) =>
          `parameters.${name}.default: missing: without \`grid\`, one parameter varies at a time; add a default, or set grid: all`,
      ),
    )
    expect(problemsOf(`grid: [n]\n${LR}`)).toEqual([
      'parameters.lr.default: missing: it is not in the grid; add a default, or set grid: all',
    ])
    expect(problemsOf(`grid: [lr, n]\n${LR}`)).toEqual([])
  })

  test('with any other value is refused', () => {
    expect(problemsOf(`grid: {a: 1}\n${LR}`)).toEqual(['grid: a mapping is not a grid; use all, or a list of parameters such as [lr]']) // biome-ignore format: short
    expect(problemsOf(`grid: [zzzzzzz, [1]]\n${LR}`)).toEqual([
      'grid[0]: no parameter "zzzzzzz"; choose from lr, n',
      'grid[1]: a list is not text; put it in quotes',
    ])
    expect(problemsOf(`grid: []\n${withDefaults}`)).toEqual(['grid: is empty; name a parameter, or use all'])
  })
})

describe('seeds', () => {
  test('are either values or a count, for a parameter with a new name', () => {
    const either = 'seeds: use either `values` or `count`'
    expect(problemsOf(`grid: all\n${LR}seeds: {}\n`)).toEqual([either])
    expect(problemsOf(`grid: all\n${LR}seeds: {count: 1, values: [1]}\n`)).toEqual([either])
    expect(problemsOf(`grid: all\n${LR}seeds: {values: []}\n`)).toEqual(['seeds.values: the list is empty; add at least one seed']) // biome-ignore format: short
    expect(problemsOf(`grid: all\n${LR}seeds: {count: 1, param: n}\n`)).toEqual(['seeds: n is already a parameter; choose a different name with `param`']) // biome-ignore format: short
    const config = read(`grid: all\n${LR}seeds: {values: [a, 1], aggregate: max}\n`)
    expect(config.seeds).toEqual({ param: 'seed', values: [str('a'), int(1)], aggregate: 'max' })
    expect(config.parameters.at(-1)).toEqual({ kind: 'discrete', name: 'seed', abbrev: 'seed', default: str('a'), values: [str('a'), int(1)], labels: null, isOrdered: false }) // biome-ignore format: short
  })
})

describe('early stopping', () => {
  const halving = (more: string) =>
    `grid: all\n${LR}successive_halving: {metric: v, direction: max, min_steps: 3, budget: 9${more}}\n`

  test('has the fields for its mode', () => {
    const rest = { metric: 'v', direction: 'max', minSteps: 3, budget: 9, smooth: 1, eta: 2 }
    expect(read(halving('')).halving).toEqual({ ...rest, mode: 'sync', startup: 5, interval: 3 })
    expect(read(halving(', mode: median, startup: 7, interval: 4')).halving).toEqual({ ...rest, mode: 'median', startup: 7, interval: 4 }) // biome-ignore format: short
    expect(problemsOf(halving(', mode: median, eta: 3, smooth: 2'))).toEqual(
      ['eta', 'smooth'].map(
        (name) =>
          `successive_halving.${name}: mode median compares a trial with the median of the other trials; remove it`,
      ),
    )
    expect(problemsOf(halving(', startup: 3, interval: 2'))).toEqual(
      ['startup', 'interval'].map(
        (name) => `successive_halving.${name}: it is only used in \`mode: median\`; remove it`,
      ),
    )
    expect(problemsOf(halving('').replace('budget: 9', 'budget: 2'))).toEqual(['successive_halving.budget: 2 is below `min_steps`, which is 3']) // biome-ignore format: short
    expect(read(halving('').replace('budget: 9', 'budget: 3')).halving?.budget).toBe(3)
  })
})

describe('a condition', () => {
  const condition = (text: string) => `grid: all\n${LR}conditions:\n  - ${text}\n`

  test('supports each operator, and reads strings that look like numbers as numbers', () => {
    const whens = (text: string) => read(condition(`{when: ${text}, set: {a: 1}}`)).conditions[0]?.when
    const value = (name: string, op: string, operand: unknown) => [{ kind: 'value', name, op, operand }]
    for (const op of ['eq', 'ne', 'gt', 'ge', 'lt', 'le']) expect(whens(`{lr: {${op}: "0.1"}}`)).toEqual(value('lr', op, float(0.1))) // biome-ignore format: short
    const list = { type: 'list', items: [int(1), str('a')] }
    for (const op of ['in', 'not_in']) expect(whens(`{n: {${op}: ["1", a]}}`)).toEqual(value('n', op, list))
    expect(whens('{n: [1, a]}')).toEqual(value('n', 'in', list))
    expect(whens('{n: x}')).toEqual(value('n', 'eq', str('x')))
    expect(whens('{expr: "lr > 0.1"}')).toMatchObject([{ kind: 'expr', program: { text: 'lr > 0.1' } }])
    const both = read(condition('{when: {n: 1}, exclude: {lr: 0.1, n: [1, 2]}, force: {lr: 0.2}}')).conditions[0]
    expect(both).toMatchObject({ exclude: [['lr', [float(0.1)]], ['n', [int(1), int(2)]]], force: [['lr', float(0.2)]], set: [], slurm: {} }) // biome-ignore format: pairs
  })

  test.each([
    ['{set: {a: 1}}', 'conditions[0].when: missing; add conditions such as {lr: 0.1}'],
    ['{when: 3, set: {a: 1}}', 'conditions[0].when: "3" is not a mapping; use `key: value` lines'],
    ['{when: {lr: 1}}', 'conditions[0]: the condition has no effect; add `exclude`, `force`, `set` or `slurm`'],
    ['{when: {zzzzzz: 1}, set: {a: 1}}', 'conditions[0].when.zzzzzz: no parameter "zzzzzz"; choose from lr, n'],
    ['{when: {lr: {}}, set: {a: 1}}', 'conditions[0].when.lr: expected exactly one operator: eq, ne, gt, ge, lt, le, in, not_in'], // biome-ignore format: short
    ['{when: {lr: {gt: 1, lt: 2}}, set: {a: 1}}', 'conditions[0].when.lr: expected exactly one operator: eq, ne, gt, ge, lt, le, in, not_in'], // biome-ignore format: short
    ['{when: {lr: {gtt: 1}}, set: {a: 1}}', 'conditions[0].when.lr.gtt: unknown operator; choose from eq, ne, gt, ge, lt, le, in, not_in'], // biome-ignore format: short
    ['{when: {lr: {not_in: 1}}, set: {a: 1}}', 'conditions[0].when.lr.not_in: is not a list such as [a, b]'],
    ['{when: {lr: {eq: {a: 1}}}, set: {a: 1}}', 'conditions[0].when.lr.eq: a mapping is not a value; use a number, text, true, false or a list'], // biome-ignore format: short
    ['{when: {expr: [1]}, set: {a: 1}}', 'conditions[0].when.expr: is not an expression such as "lr > 0.01"'], // biome-ignore format: short
    ['{when: {lr: 1}, force: {lr: {a: 1}}}', 'conditions[0].force.lr: a mapping is not a value; use a number, text, true, false or a list'], // biome-ignore format: short
    ['{when: {lr: 1}, exclude: {nn: 1}}', 'conditions[0].exclude.nn: no parameter "nn"; did you mean `n`?'],
    ['{when: {lr: 1}, set: {a: {b: 1}}}', 'conditions[0].set.a: a mapping is not a value; use a number, text, true, false or a list'], // biome-ignore format: short
    ['{when: {lr: 1}, set: {a: {expr: [1]}}}', 'conditions[0].set.a.expr: is not an expression such as "lr > 0.01"'], // biome-ignore format: short
    ['{when: {lr: 1}, set: {a: {expr: "lrr + 1"}}}', 'conditions[0].set.a.expr: no parameter "lrr"; nearest: lr in "lrr + 1"'], // biome-ignore format: short
  ])('%s is refused', (text, problem) => {
    expect(problemsOf(condition(text))).toEqual([problem])
  })
})
