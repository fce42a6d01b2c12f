import { describe, expect, test } from 'vitest'
import { readConfig } from '../src/index.ts'

// The limits of each field in hyperherd.yaml, and the suggested remedy.

const HEAD = 'name: t\nlauncher: ./l.sh\n'
const LR = 'parameters:\n  lr: {type: continuous, low: 0.1, high: 0.2}\n'
const OBJECTIVE = 'objective: {metric: m, direction: min}\n'

function problemsOf(yaml: string): readonly string[] {
  const reading = readConfig(`${HEAD}${yaml}\n`)
  return reading.ok ? [] : reading.problems.map(({ field, message }) => `${field}: ${message}`)
}

const GRID = `grid: all\n${LR}`
const HALVING = 'successive_halving: {metric: v, direction: min, min_steps: 1, budget: 1000000'
const MEDIAN = `${HALVING}, mode: median`
const SEARCH = `${LR}${OBJECTIVE}search: {method: tpe, trials: 1`
const PBT = `${LR}${OBJECTIVE}search: {method: pbt, trials: 2}\npopulation: {`
const whole = (bounds: string, example: string) => `a whole number ${bounds}; use a value such as ${example}`
const COUNT = '>= 1 <= 1000000'.replace(' <=', ' and <=')

type Row = readonly [yaml: string, path: string, rule: string, bad: readonly string[], good: readonly string[]]

/** V is replaced by the value. */
const NUMBERS: readonly Row[] = [
  ...(
    [
      ['cpus_per_task', '4'],
      ['max_concurrent', '4'],
      ['signal_before', '120'],
      ['lag_seconds', '180'],
      ['max_queued', '500'],
    ] as const
  ).map(([name, example]): Row => [`${GRID}slurm: {partition: p, ${name}: V}`, `slurm.${name}`, whole('>= 1', example), ['0', '1.5', 'x'], ['1']]), // biome-ignore format: a table
  ...(
    [
      ['cpus_per_task', '4'],
      ['max_concurrent', '4'],
      ['lag_seconds', '60'],
      ['max_queued', '500'],
    ] as const
  ).map(([name, example]): Row => [`${GRID}gridengine: {${name}: V}`, `gridengine.${name}`, whole('>= 1', example), ['0', '1.5'], ['1']]), // biome-ignore format: a table
  [`${GRID}gridengine: {gpus_per_task: V}`, 'gridengine.gpus_per_task', whole('>= 0', '1'), ['-1', '0.5'], ['0', '2']],
  [`${GRID}local: {max_concurrent: V}`, 'local.max_concurrent', whole('>= 1', '2'), ['0', '1.5'], ['1']],
  [`${GRID}local: {cpus_per_task: V}`, 'local.cpus_per_task', whole('>= 1', '1'), ['0', '1.5'], ['1']],
  [`${GRID}local: {gpus_per_task: V}`, 'local.gpus_per_task', 'a number >= 0 and <= 64; use a value such as 1 or 0.5', ['-1', '65'], ['0', '64', '0.3', '2']], // biome-ignore format: a table
  [`${GRID}local: {kill_wait: V}`, 'local.kill_wait', 'a number >= 0; use a value such as 30', ['-0.1', 'true'], ['0', '0.5']], // biome-ignore format: a table
  ...['preempted', 'node_fail', 'boot_fail', 'timeout', 'oom', 'exit', 'killed', 'lost'].map((name): Row => [`${GRID}retries: {${name}: V}`, `retries.${name}`, whole('>= 0 and <= 100', '3'), ['-1', '101', '0.5'], ['0', '100']]), // biome-ignore format: a table
  [`${GRID}retries: {backoff: V}`, 'retries.backoff', 'a number >= 0; use a value such as 60', ['-0.1'], ['0', '1.5']],
  [`${GRID}budget: {gpu_hours: V}`, 'budget.gpu_hours', 'a number > 0; use a value such as 24', ['0', '-1'], ['0.1']],
  [`${GRID}budget: {cpu_hours: V}`, 'budget.cpu_hours', 'a number > 0; use a value such as 24', ['0', '-1'], ['0.1']],
  [`${GRID}budget: {trials: V}`, 'budget.trials', whole('>= 1', '50'), ['0', '1.5'], ['1']],
  [`${GRID}prune_grace_seconds: V`, 'prune_grace_seconds', 'a whole number >= 0', ['-1', '0.5'], ['0']],
  [`${GRID}seeds: {count: V}`, 'seeds.count', whole('>= 1 and <= 10000', '3'), ['0', '10001', '1.5'], ['1', '3']],
  [`${SEARCH}0}`.replace('trials: 10', 'trials: V'), 'search.trials', whole(COUNT, '50'), ['0', '1000001', '1.5'], ['1', '1000000']], // biome-ignore format: a table
  [`${SEARCH}, seed: V}`, 'search.seed', whole('>= 0', '0'), ['-1', '0.5'], ['0']],
  [`${SEARCH}, parallel: V}`, 'search.parallel', whole(COUNT, '4'), ['0', '1000001', '1.5'], ['1', '1000000']],
  [`${SEARCH}, startup: V}`, 'search.startup', whole(COUNT, '10'), ['0', '1000001', '1.5'], ['1', '1000000']],
  [`${GRID}${HALVING}}`.replace('min_steps: 1', 'min_steps: V'), 'successive_halving.min_steps', whole('>= 1', '100'), ['0', '1.5'], ['1', '1000000']], // biome-ignore format: a table
  [`${GRID}${HALVING}}`.replace('1000000', 'V'), 'successive_halving.budget', whole('>= 1', '1000'), ['0', '1.5'], ['1']], // biome-ignore format: a table
  [`${GRID}${HALVING}, eta: V}`, 'successive_halving.eta', whole('>= 2', '2'), ['1', '2.5'], ['2']],
  [`${GRID}${HALVING}, smooth: V}`, 'successive_halving.smooth', whole(COUNT, '1'), ['0', '1000001', '1.5'], ['1', '1000000']], // biome-ignore format: a table
  [`${GRID}${MEDIAN}, startup: V}`, 'successive_halving.startup', whole(COUNT, '5'), ['0', '1000001', '1.5'], ['1']],
  [`${GRID}${MEDIAN}, interval: V}`, 'successive_halving.interval', whole(COUNT, '100'), ['0', '1000001', '1.5'], ['1']], // biome-ignore format: a table
  [`${PBT}interval: V}`, 'population.interval', whole('>= 1', '500'), ['0', '1.5'], ['1']],
  [`${PBT}interval: 1, truncation: V}`, 'population.truncation', 'a number > 0 and <= 0.5; use a value such as 0.2', ['0', '0.51'], ['0.01', '0.5']], // biome-ignore format: a table
  [`${PBT}interval: 1, factor: V}`, 'population.factor', 'a number > 0 and <= 0.99; use a value such as 0.2', ['0', '1'], ['0.01', '0.99']], // biome-ignore format: a table
  [`${PBT}interval: 1, resample: V}`, 'population.resample', 'a number >= 0 and <= 1; use a value such as 0.25', ['-0.1', '1.1'], ['0', '1']], // biome-ignore format: a table
  ['grid: all\nparameters:\n  x: {type: continuous, low: V, high: 9}', 'parameters.x.low', 'a number; use a value such as 1e-5', ['a', 'true'], ['-1.5', '0']], // biome-ignore format: a table
  ['grid: all\nparameters:\n  x: {type: continuous, low: V, high: 9, scale: log}', 'parameters.x.low', 'a number > 0; use a value such as 1e-5', ['0', '-1'], ['0.1']], // biome-ignore format: a table
  ['grid: all\nparameters:\n  x: {type: continuous, low: 1, high: V}', 'parameters.x.high', 'a number; use a value such as 0.1', ['a'], ['1.5']], // biome-ignore format: a table
  ['grid: all\nparameters:\n  x: {type: continuous, low: 1, high: 2, steps: V}', 'parameters.x.steps', whole(COUNT, '5'), ['0', '1000001', '1.5'], ['1', '1000']], // biome-ignore format: a table
  ['grid: all\nparameters:\n  x: {type: int, low: V, high: 9}', 'parameters.x.low', 'a whole number; use a value such as 1', ['0.5'], ['-1']], // biome-ignore format: a table
  ['grid: all\nparameters:\n  x: {type: int, low: V, high: 9, scale: log}', 'parameters.x.low', 'a whole number > 0; use a value such as 1', ['0'], ['1']], // biome-ignore format: a table
  ['grid: all\nparameters:\n  x: {type: int, low: 1, high: V}', 'parameters.x.high', 'a whole number; use a value such as 10', ['9.5'], ['9']], // biome-ignore format: a table
  ['grid: all\nparameters:\n  x: {type: int, low: 1, high: 9, step: V}', 'parameters.x.step', whole('>= 1', '1'), ['0', '1.5'], ['1', '20']], // biome-ignore format: a table
  ['search: {method: random, trials: 1}\nparameters:\n  x: {type: normal, mean: V, sd: 1}', 'parameters.x.mean', 'a number; use a value such as 0', ['a'], ['-1.5']], // biome-ignore format: a table
  ['search: {method: random, trials: 1}\nparameters:\n  x: {type: normal, mean: 0, sd: V}', 'parameters.x.sd', 'a number > 0; use a value such as 1', ['0', '-1'], ['0.1']], // biome-ignore format: a table
]

test.each(NUMBERS)('%s: the limits of %s', (yaml, path, rule, bad, good) => {
  for (const value of bad) expect(problemsOf(yaml.replace('V', value))).toContain(`${path}: "${value}" is not ${rule}`)
  for (const value of good) {
    const problems = problemsOf(yaml.replace('V', value)).filter((line) => line.startsWith(path))
    expect([value, problems]).toEqual([value, []])
  }
})

describe('required fields', () => {
  test.each([
    ['', ['parameters', 'name', 'launcher'], ['the parameters to vary', 'the name of the sweep', 'the training script, such as ./launch.sh']], // biome-ignore format: a table
    [`${GRID}slurm: {}`, ['slurm.partition'], ['the name of a partition']],
    [
      `${LR}search: {}`,
      ['search.method', 'search.trials'],
      ['random, sobol, tpe, cmaes, auto or pbt', 'the number of trials'],
    ],
    [`${GRID}successive_halving: {}`, ['metric', 'direction', 'min_steps', 'budget'].map((name) => `successive_halving.${name}`), ['the name of the metric', 'min or max', 'the number of steps at the first rung', 'the number of steps in a whole training run']], // biome-ignore format: a table
    [`${GRID}objective: {}`, ['objective.metric', 'objective.direction'], ['the name of the metric', 'min or max']],
    [`${PBT}}`, ['population.interval'], ['the number of steps between two decisions']],
    ['grid: all\nparameters:\n  x: {type: discrete}', ['parameters.x.values'], ['a list such as [0.1, 0.01]']],
    ['grid: all\nparameters:\n  x: {type: int}', ['parameters.x.low', 'parameters.x.high'], ['the smallest value', 'the largest value']], // biome-ignore format: a table
    ['search: {method: random, trials: 1}\nparameters:\n  x: {type: normal}', ['parameters.x.mean', 'parameters.x.sd'], ['the centre', 'the spread']], // biome-ignore format: a table
  ] as const)('%j', (yaml, paths, whats) => {
    const text = yaml === '' ? 'grid: all\n' : `${HEAD}${yaml}\n`
    const reading = readConfig(text)
    const problems = reading.ok ? [] : reading.problems.map(({ field, message }) => `${field}: ${message}`)
    expect(problems).toEqual(paths.map((path, at) => `${path}: missing; set it to ${whats[at]}`))
  })
})

describe('fields with a fixed list of words', () => {
  test.each([
    ['executor: V', 'executor', 'local, slurm, gridengine'],
    ['slurm: {partition: p, signal_before: 9, on_limit: V}', 'slurm.on_limit', 'stop, requeue'],
    ['objective: {metric: m, direction: V}', 'objective.direction', 'min, max'],
    ['objective: {metric: m, direction: min, value: V}', 'objective.value', 'last, best'],
    ['seeds: {count: 2, aggregate: V}', 'seeds.aggregate', 'mean, median, min, max'],
    ['budget: {trials: 1, hard: V}', 'budget.hard', 'true, false'],
    [`${HALVING}, mode: V}`, 'successive_halving.mode', 'sync, asha, asha_promote, hyperband, median'],
    [`${HALVING}}`.replace('min,', 'V,'), 'successive_halving.direction', 'min, max'],
  ])('%s', (yaml, path, words) => {
    for (const [
      written,
      shown,
    ] of [['zzzzzzzzzz', '"zzzzzzzzzz"'], ['[a]', 'a list'], ['{a: 1}', 'a mapping']] as const) // biome-ignore format: pairs
      expect(problemsOf(`${GRID}${yaml.replace('V', written)}`)).toEqual([`${path}: ${shown} is not one of ${words}`])
  })

  test('are checked in a parameter and in a search', () => {
    const of = (yaml: string) => problemsOf(yaml)
    expect(of('grid: all\nparameters:\n  x: {type: zzzzzzzzzz}')).toEqual(['parameters.x.type: "zzzzzzzzzz" is not one of discrete, continuous, int, normal']) // biome-ignore format: short
    expect(of('grid: all\nparameters:\n  x: {type: int, low: 1, high: 2, scale: zzzzzzzzz}')).toEqual(['parameters.x.scale: "zzzzzzzzz" is not one of linear, log']) // biome-ignore format: short
    expect(of(`${LR}search: {method: zzzzzzzz, trials: 1}`)).toEqual(['search.method: "zzzzzzzz" is not one of random, sobol, tpe, cmaes, auto, pbt']) // biome-ignore format: short
  })
})

test('the message about an unknown field names the field that was probably meant, or all fields', () => {
  const of = (yaml: string) => problemsOf(`${GRID}${yaml}`)
  expect(of('budget: {trials: 1, zzzzzzzz: 1}')).toEqual(['budget.zzzzzzzz: unknown field; choose from gpu_hours, cpu_hours, trials, until, hard']) // biome-ignore format: short
  expect(of('budget: {trials: 1, untl: 1}')).toEqual(['budget.untl: unknown field; did you mean `until`?'])
  expect(of('seeds: {count: 1, zzzzzzzzz: 1}')).toEqual(['seeds.zzzzzzzzz: unknown field; choose from values, count, param, aggregate']) // biome-ignore format: short
  expect(of('hydra: {zzzzzzzzz: 1}')).toEqual(['hydra.zzzzzzzzz: unknown field; choose from static_overrides'])
  expect(of('objective: {metric: m, direction: min, zzzzzzzzzzzz: 1}')).toEqual(['objective.zzzzzzzzzzzz: unknown field; choose from metric, direction, value']) // biome-ignore format: short
  expect(of('conditions:\n  - {when: {lr: 1}, set: {a: 1}, zzzzzzzzz: 1}')).toEqual(['conditions[0].zzzzzzzzz: unknown field; choose from name, when, exclude, force, set, slurm']) // biome-ignore format: short
})
