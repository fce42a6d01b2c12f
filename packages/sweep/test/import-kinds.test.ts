import { describe, expect, test } from 'vitest'
import { draftConfig, readHydraWords, readWandbSweep } from '../src/index.ts'

// Each kind of parameter in other tools. import.test.ts reads the results as configs.

function wandb(parameter: string, more = '') {
  const read = readWandbSweep(`${more}parameters:\n  x: ${parameter}\n`)
  return read.ok ? read.value : read.message
}

describe('a Weights & Biases parameter', () => {
  test.each([
    ['{min: 1, max: 5}', 'x: {type: int, low: 1, high: 5}', null],
    ['{min: 0.5, max: 5}', 'x: {type: continuous, low: 0.5, high: 5}', null],
    ['{min: 1, max: 5.5}', 'x: {type: continuous, low: 1, high: 5.5}', null],
    ['{distribution: uniform, min: 1, max: 5}', 'x: {type: continuous, low: 1, high: 5}', null],
    ['{distribution: int_uniform, min: 1, max: 5}', 'x: {type: int, low: 1, high: 5}', null],
    [
      '{distribution: log_uniform_values, min: 1e-5, max: 0.1}',
      'x: {type: continuous, low: 0.00001, high: 0.1, scale: log}',
      null,
    ],
    [
      '{distribution: inv_log_uniform_values, min: 1, max: 2}',
      'x: {type: continuous, low: 1, high: 2, scale: log}',
      'x: inv_log_uniform_values became a logarithmic range',
    ],
    ['{distribution: log_uniform, min: 0, max: 0}', 'x: {type: continuous, low: 1, high: 1, scale: log}', null],
    ['{distribution: q_uniform, q: 8, min: 8, max: 64}', 'x: {type: int, low: 8, high: 64, step: 8}', null],
    ['{distribution: q_uniform, min: 8, max: 64}', 'x: {type: int, low: 8, high: 64, step: 1}', null],
    [
      '{distribution: q_uniform, q: 0.5, min: 8, max: 64}',
      'x: {type: continuous, low: 8, high: 64}',
      'x: its steps `q` are omitted',
    ],
    [
      '{distribution: q_uniform, q: 8, min: 0.5, max: 64}',
      'x: {type: continuous, low: 0.5, high: 64}',
      'x: its steps `q` are omitted',
    ],
    ['{distribution: q_log_uniform_values, min: 1, max: 64}', 'x: {type: int, low: 1, high: 64, scale: log}', null],
    [
      '{distribution: q_log_uniform_values, q: 2, min: 2, max: 64}',
      'x: {type: continuous, low: 2, high: 64, scale: log}',
      'x: its steps `q` are omitted',
    ],
    ['{distribution: normal, mu: 2, sigma: 3}', 'x: {type: normal, mean: 2, sd: 3}', null],
    ['{distribution: normal}', 'x: {type: normal, mean: 0, sd: 1}', null],
    ['{values: [1, a, "no", true, "a b"]}', 'x: {type: discrete, values: [1, a, "no", true, "a b"]}', null],
    ['{values: [1], probabilities: [1]}', 'x: {type: discrete, values: [1]}', 'x: its probabilities are omitted'],
  ])('%s becomes %s', (given, line, note) => {
    // biome-ignore format: a table
    expect(wandb(given, 'run_cap: 5\n')).toMatchObject({ parameters: [line], statics: [], notes: note === null ? [] : [note] })
  })

  test.each([
    ['{value: 27}', 'x=27'],
    ['{value: adam}', 'x=adam'],
    ['{value: [1, 2]}', 'x=[1,2]'],
  ])('%s is an override', (given, word) => {
    expect(wandb(given)).toMatchObject({ parameters: [], statics: [word] })
  })

  test.each(['5', '{min: 1}', '{max: 1}', '{distribution: beta, min: 0, max: 1}', '{min: a, max: 1}'])(
    '%s is refused',
    (given) => {
      expect(wandb(given)).toMatch(/^parameters\.x: .* has no equivalent here; convert it by hand$/)
    },
  )

  test("in a group has the group's name before its own", () => {
    expect(wandb('{parameters: {y: {value: 1}, z: {parameters: {w: {values: [1, 2]}}}}}')).toMatchObject({
      ...{ statics: ['x.y=1'], parameters: ['x.z.w: {type: discrete, values: [1, 2]}'] },
    })
  })
})

describe('a Weights & Biases sweep', () => {
  const P = '{values: [1, 2]}'
  const topOf = (more: string) => Object(wandb(P, more)).top
  const notesOf = (more: string) => Object(wandb(P, more)).notes

  test('keeps its method, and has as many trials as its cap', () => {
    expect(topOf('method: grid\n')).toEqual(['grid: all'])
    expect(topOf('method: bayes\nrun_cap: 7\n')).toEqual(['search: {method: tpe, trials: 7}'])
    expect(topOf('method: random\nrun_cap: 7\n')).toEqual(['search: {method: random, trials: 7}'])
    expect(topOf('method: other\n')).toEqual(['search: {method: random, trials: 50}'])
    expect([notesOf(''), notesOf('run_cap: 7\n'), notesOf('method: grid\n')]).toEqual([
      ...[['`trials` is a guess because the sweep had no run_cap'], [], []],
    ])
  })

  test('has its objective, which is minimized by default', () => {
    expect(topOf('method: grid\nmetric: {name: loss}\n')).toEqual([
      'grid: all',
      'objective: {metric: loss, direction: min}',
    ])
    expect(topOf('method: grid\nmetric: {name: "a b", goal: maximize}\n')[1]).toBe(
      'objective: {metric: "a b", direction: max}',
    )
    for (const metric of ['loss', '{goal: maximize}'])
      expect(topOf(`method: grid\nmetric: ${metric}\n`)).toEqual(['grid: all'])
  })

  test('has rungs that match its early stopping', () => {
    const rungs = (stopping: string) =>
      topOf(`method: grid\nmetric: {name: acc, goal: maximize}\nearly_terminate: ${stopping}\n`)[2]
    const of = (numbers: string) => `successive_halving: {metric: acc, direction: max, ${numbers}, mode: asha}`
    expect(rungs('{min_iter: 3, max_iter: 27}')).toBe(of('min_steps: 3, budget: 27, eta: 3'))
    expect(rungs('{min_iter: 2, eta: 2}')).toBe(of('min_steps: 2, budget: 16, eta: 2'))
    expect(rungs('{max_iter: 27, s: 1}')).toBe(of('min_steps: 9, budget: 27, eta: 3'))
    expect(rungs('{max_iter: 27}')).toBe(of('min_steps: 3, budget: 27, eta: 3'))
    expect(rungs('{max_iter: 2, s: 5}')).toBe(of('min_steps: 1, budget: 2, eta: 3'))
    expect([rungs('{}'), rungs('5')]).toEqual([undefined, undefined])
    expect(topOf('method: grid\nearly_terminate: {min_iter: 3}\n')).toEqual(['grid: all'])
    expect(notesOf('method: grid\nmetric: {name: a}\nearly_terminate: {min_iter: 2}\n')).toEqual([
      '`budget` is a guess; set it to the number of steps in a whole training run',
    ])
  })

  test('has the training command, without the placeholders for values', () => {
    const of = (more: string) => {
      const { command, style } = Object(wandb(P, more))
      return [style, command.join(' ')]
    }
    expect(of('')).toEqual(['hyphens', 'python train.py'])
    expect(of('program: run.py\n')).toEqual(['hyphens', 'python run.py'])
    const words = (args: string) =>
      `program: run.py\ncommand: ["\${env}", "\${interpreter}", -u, "\${program}", "\${other}", "\${${args}}", 5]\n`
    expect(of(words('args'))).toEqual(['hyphens', `env python -u run.py \${other} 5`])
    expect(of(words('args_no_hyphens'))).toEqual(['words', `env python -u run.py \${other} 5`])
  })

  test('is not recognized if the text has no parameters or is not YAML', () => {
    const none = 'it has no `parameters`, so it is not a Weights & Biases sweep'
    for (const text of ['5', 'a: 1\n', 'parameters: 5\n'])
      expect(readWandbSweep(text)).toEqual({ ok: false, message: none })
    expect(readWandbSweep('a: [')).toMatchObject({ ok: false })
  })
})

function hydra(words: string) {
  const read = readHydraWords(words)
  return read.ok ? read.value : read.message
}

describe('a Hydra override', () => {
  test.each([
    ['x=1,2', 'x: {type: discrete, values: [1, 2]}', 'grid: all'],
    ['++x=a,"b c"', 'x: {type: discrete, values: [a, "b c"]}', 'grid: all'],
    ["x='yes',[1,2]", 'x: {type: discrete, values: ["yes", "[1,2]"]}', 'grid: all'],
    ['x=choice(1,2)', 'x: {type: discrete, values: [1, 2]}', 'grid: all'],
    ['x=shuffle(a,b)', 'x: {type: discrete, values: [a, b]}', 'grid: all'],
    ['x=range(5)', 'x: {type: int, low: 0, high: 4, step: 1}', 'grid: all'],
    ['x=range(1,6)', 'x: {type: int, low: 1, high: 5, step: 1}', 'grid: all'],
    ['x=range(1,6,2)', 'x: {type: int, low: 1, high: 5, step: 2}', 'grid: all'],
    ['x=range(1,7,4)', 'x: {type: int, low: 1, high: 5, step: 4}', 'grid: all'],
    ['x=interval(0,0.5)', 'x: {type: continuous, low: 0, high: 0.5}', 'search'],
    ['x=tag(log,interval(1e-3,1))', 'x: {type: continuous, low: 1e-3, high: 1, scale: log}', 'search'],
    ['x=tag(t1,choice(1,2))', 'x: {type: discrete, values: [1, 2]}', 'grid: all'],
    ['x=int(interval(1,9))', 'x: {type: int, low: 1, high: 9}', 'search'],
    ['x=int(tag(log,interval(1,9)))', 'x: {type: int, low: 1, high: 9, scale: log}', 'search'],
  ])('%s becomes %s', (word, line, top) => {
    expect(hydra(word)).toMatchObject({ parameters: [line], statics: [], top: [expect.stringContaining(top)] })
  })

  test('with one value applies to all trials, and overrides about Hydra itself are omitted', () => {
    expect(hydra('-m x=1,2 +db=mnist f=my(1) --multirun hydra.run.dir=o ++hydra/launcher=x')).toMatchObject({
      statics: ['+db=mnist', 'f=my(1)'],
      notes: [
        'hydra.run.dir=o configures Hydra itself and is omitted',
        '++hydra/launcher=x configures Hydra itself and is omitted',
      ],
      ...{ style: 'words', command: ['python', 'train.py'] },
    })
  })

  test.each([
    'x=range(a)',
    'x=range(1.5)',
    'x=range(5,1)',
    'x=range(1,5,0)',
    'x=interval(1)',
    'x=interval(a,2)',
    'x=tag(log,choice(1,2))',
    'x=int(choice(1,2))',
    'x=interval(1,2,3)',
  ])('%s is refused', (word) => {
    // biome-ignore format: a table
    expect(hydra(word)).toBe(`"${word}": ${word.slice(2)} is not a sweep override that herd supports`)
  })

  test.each(['x', '=1,2'])('%s is not an override', (word) => {
    expect(hydra(word)).toBe(`"${word}" is not a Hydra override; use the form NAME=VALUE,VALUE`)
  })

  test('with several values is required', () => {
    for (const words of ['', 'x=1', '-m'])
      expect(hydra(words)).toBe('none of the overrides has more than one value, as in lr=0.1,0.01')
  })
})

test('the generated config has its notes as comments, and has overrides only if there are any', () => {
  const draft = { parameters: ['x: {}'], statics: [], top: ['grid: all'], notes: ['a', 'b'], style: 'words', command: [] } as const // biome-ignore format: short
  expect(draftConfig('n', 'f', draft).split('\n')).toEqual([
    ...['# Created from f by `herd init`.', '# Check this: a', '# Check this: b', 'name: n', 'grid: all'],
    ...['launcher: ./launch.sh', 'local: {max_concurrent: 2}', '', 'parameters:', '  x: {}', ''],
  ])
  expect(draftConfig('n', 'f', { ...draft, statics: ['a=1', 'b="x"'] })).toContain(
    'static_overrides: ["a=1", "b=\\"x\\""]\n',
  )
})
