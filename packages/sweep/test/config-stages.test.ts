import { expect, test } from 'vitest'
import { readConfig } from '../src/index.ts'

// The fields that each stage inherits from the top level, and the stages that are refused.

const HEAD = 'name: t\nlauncher: ./l.sh\nobjective: {metric: m, direction: min}\nslurm: {partition: p, mem: 1G}\n'
const LR = 'parameters:\n  lr: {type: discrete, values: [0.1]}\n'

function read(stages: string, top = `grid: all\n${LR}`) {
  const reading = readConfig(`${HEAD}${top}stages:\n${stages}`)
  return reading.ok ? reading.config : reading.problems.map(({ field, message }) => `${field}: ${message}`)
}

function stagesOf(stages: string, top?: string) {
  const config = read(stages, top)
  if (!('stages' in config)) throw new Error(config.join('\n'))
  return config.stages
}

test('a stage has its parent stage, and inherits the top-level fields that it does not set', () => {
  const stages = stagesOf(
    '  a:\n  b: {after: a, take: best 3, inherit: false, slurm: {mem: 2G}, launcher: ./b.sh}\n  c: {after: b, take: each, native: true}\n',
  )
  expect(stages.map(({ config: _, ...rest }) => rest)).toEqual([
    { name: 'a', after: null, take: { kind: 'all' }, inherits: true, isNative: false },
    { name: 'b', after: 'a', take: { kind: 'best', count: 3 }, inherits: false, isNative: false },
    { name: 'c', after: 'b', take: { kind: 'each' }, inherits: true, isNative: true },
  ])
  const own = stages.map(({ config: { launcher, slurm, parameters, grid, stages: inner } }) => [launcher, slurm?.partition, slurm?.mem, parameters.length, grid.kind, inner.length]) // biome-ignore format: short
  // Parameters are inherited only by a stage that follows no other stage.
  expect(own).toEqual([
    ['./l.sh', 'p', '1G', 1, 'all', 0],
    ['./b.sh', 'p', '2G', 0, 'one-at-a-time', 0],
    ['./l.sh', 'p', '1G', 0, 'one-at-a-time', 0],
  ])
})

test('a stage with its own parameters, grid or search inherits none of these fields', () => {
  const own = 'parameters: {n: {type: int, low: 1, high: 3}}'
  const [first] = stagesOf(`  a: {${own}, grid: all}\n  b: {after: a}\n`, '')
  expect(first?.config.parameters.map(({ name }) => name)).toEqual(['n'])
  const [searched, gridded] = stagesOf('  a: {search: {method: random, trials: 3}}\n  b:\n')
  expect([searched?.config.search?.trials, searched?.config.grid.kind]).toEqual([3, 'one-at-a-time'])
  expect([gridded?.config.search, gridded?.config.grid.kind]).toEqual([null, 'all'])
  const [back, other] = stagesOf('  a: {grid: all}\n  b:\n', `search: {method: random, trials: 3}\n${LR}`)
  expect([back?.config.search, back?.config.grid.kind, other?.config.search?.trials]).toEqual([null, 'all', 3])
})

const LONG = 'a'.repeat(33)

const REFUSED: readonly (readonly [stages: string, problem: string])[] = [
  [
    `  ${LONG}:\n`,
    `stages.${LONG}: a stage name is a letter followed by up to 31 letters, digits, dots, dashes or underscores`,
  ],
  ['  1a:\n', 'stages.1a: a stage name is a letter followed by up to 31 letters, digits, dots, dashes or underscores'],
  ['  a: {after: zzz}\n', 'stages.a.after: no stage "zzz" above this one; this is the first stage'],
  [
    '  a:\n  b: {after: a}\n  c: {after: zzzz}\n',
    'stages.c.after: no stage "zzzz" above this one; the stages above are a, b',
  ],
  ['  a: {after: b}\n  b:\n', 'stages.a.after: no stage "b" above this one; a stage must come after the stage that it follows; move it below'], // biome-ignore format: a table
  ['  a: {inherit: true}\n', 'stages.a.inherit: inherit selects trials of an earlier stage; name that stage with `after`'], // biome-ignore format: a table
  ['  a: {native: true}\n', 'stages.a.native: native selects trials of an earlier stage; name that stage with `after`'],
  ['  a: {take: each}\n', 'stages.a.take: take selects trials of an earlier stage; name that stage with `after`'],
  ['  a:\n  b: {after: a, inherit: perhaps}\n', 'stages.b.inherit: "perhaps" is not one of true, false'],
  ['  a:\n  b: {after: a, native: perhaps}\n', 'stages.b.native: "perhaps" is not one of true, false'],
  ...['best 0', 'best x', 'best3', 'best 1234567', 'some'].map((text) => [`  a:\n  b: {after: a, take: ${text}}\n`, `stages.b.take: "${text}" is not all, each, or best with a number, such as best 3`] as const), // biome-ignore format: a table
  ['  a:\n  b: {after: a, take: [1]}\n', 'stages.b.take: use all, each, or best with a number, such as best 3'],
  ['  a:\n  b: {after: [a]}\n', 'stages.b.after: a stage can follow only one stage; use its name'],
  ...['name: b', 'executor: local', 'local: {}', 'budget: {trials: 1}', 'prune_grace_seconds: 1', 'stages: {}'].map((text) => [`  a: {${text}}\n`, `stages.a.${text.split(':')[0]}: it applies to the whole sweep; move it to the top level`] as const), // biome-ignore format: a table
  ['  a:\n  b: {after: a, take: best 1, native: true}\n', 'stages.b.native: the best trials are not known until the end; remove `native`'], // biome-ignore format: a table
  ['  a:\n  b: {after: a, native: true, search: {method: tpe, trials: 2}, parameters: {n: {type: int, low: 1, high: 3}}}\n', 'stages.b.native: tpe learns from results; remove `native`'], // biome-ignore format: a table
  ['  a: {successive_halving: {metric: v, direction: min, min_steps: 1, budget: 2}}\n  b: {after: a, native: true}\n', 'stages.b.native: SLURM cannot detect that early stopping ended a trial of a, because it may exit with code 0; remove `native`'], // biome-ignore format: a table
  ['  a:\n  b: {after: a, take: each, native: true, slurm: {max_concurrent: 2}}\n', 'stages.b.native: `max_concurrent` would not apply to trials that start one by one; use `take: all`'], // biome-ignore format: a table
  ['  a: {successive_halving: {metric: v, direction: min, min_steps: 1, budget: 2, mode: asha_promote}}\n  b: {after: a}\n', 'stages.b.after: trials of a may stay paused because its mode is asha_promote; use `take: each` here, or `mode: asha` there'], // biome-ignore format: a table
]

test.each(REFUSED)('%j is refused in one line', (stages, problem) => {
  expect(read(stages)).toEqual([problem])
})

test.each([
  '  a:\n  b: {after: a, native: true, search: {method: random, trials: 2}, parameters: {n: {type: int, low: 1, high: 3}}}\n',
  '  a:\n  b: {after: a, take: all, native: true, slurm: {max_concurrent: 2}}\n',
  '  a:\n  b: {after: a, take: each, native: true}\n',
  '  a:\n  b: {after: a, native: false, take: best 2}\n',
  '  a: {successive_halving: {metric: v, direction: min, min_steps: 1, budget: 2, mode: asha_promote}}\n  b: {after: a, take: each}\n',
  `  ${LONG.slice(1)}:\n`,
])('%j is accepted', (stages) => {
  expect(read(stages)).toHaveProperty('stages')
})

test('`take: best N` needs an objective in the parent stage or at the top level', () => {
  const stages = '  a:\n  b: {after: a, take: best 2}\n'
  const problem =
    'stages.b.take: a has no `objective` to rank them by; add `objective: {metric: val_loss, direction: min}` there, or at the top level'
  const of = (yaml: string) => {
    const reading = readConfig(`name: t\nlauncher: ./l.sh\ngrid: all\n${LR}stages:\n${yaml}`)
    return reading.ok ? [] : reading.problems.map(({ field, message }) => `${field}: ${message}`)
  }
  expect(of(stages)).toEqual([problem])
  expect(of(stages.replace('a:', 'a: {objective: {metric: m, direction: min}}'))).toEqual([])
  expect(of(stages.replace('best 2', 'each'))).toEqual([])
})

test('top-level fields about parameters that no stage inherits are reported', () => {
  expect(read('  {}\n', '')).toEqual(['stages: there are no stages; at least one is required'])
  const own = 'parameters: {n: {type: int, low: 1, high: 3}}, grid: all'
  expect(read(`  a: {${own}}\n`)).toEqual([
    'grid: each stage has its own; move it into a stage, or remove it',
    'parameters: each stage has its own; move it into a stage, or remove it',
  ])
  expect(read(`  a: {${own}}\n  b:\n`)).toHaveProperty('stages')
})
