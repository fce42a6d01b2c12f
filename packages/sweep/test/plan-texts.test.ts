import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { SweepConfig } from '../src/config/config.ts'
import { readConfig } from '../src/index.ts'
import { createTrialHash } from '../src/plan/hash.ts'
import { overrideLine } from '../src/plan/overrides.ts'
import { asciiJson, formatG, pythonJson } from '../src/plan/python-text.ts'
import { reconcile } from '../src/plan/reconcile.ts'
import { rowsOf } from '../src/plan/rows.ts'
import { aggregate, chooseParents } from '../src/plan/stages.ts'
import type { SweepTrial } from '../src/plan/trial.ts'
import { bool, float, int, NONE, str, type Value } from '../src/value.ts'

const list = (...items: readonly Value[]): Value => ({ type: 'list', items })

describe("text in Python's format", () => {
  test('has numbers with few digits, as in C', () => {
    const shown = [
      0,
      -0,
      0.0001,
      0.00001,
      0.000012345678,
      99999,
      999995,
      1234567,
      1e100,
      1.5,
      -2.25,
      100,
      1e-300,
      0.1 + 0.2,
    ]
    expect(shown.map((number) => formatG(number, 5))).toEqual([
      ...['0', '-0', '0.0001', '1e-05', '1.2346e-05', '99999', '1e+06', '1.2346e+06', '1e+100', '1.5', '-2.25', '100'],
      ...['1e-300', '0.3'],
    ])
    expect([formatG(100_000, 5), formatG(123.456, 1), formatG(7, 1), formatG(12, 1)]).toEqual([
      '1e+05',
      '1e+02',
      '7',
      '1e+01',
    ])
    expect([Number.NaN, Infinity, -Infinity].map((number) => formatG(number, 4))).toEqual(['nan', 'inf', '-inf'])
  })

  test('is JSON with ASCII escapes, and floats that remain floats', () => {
    const values = [
      NONE,
      bool(true),
      bool(false),
      int(-3),
      float(2),
      float(1e-7),
      float(Number.NaN),
      float(Infinity),
      float(-Infinity),
    ]
    expect(values.map(pythonJson)).toEqual([
      'null',
      'true',
      'false',
      '-3',
      '2.0',
      '1e-07',
      'NaN',
      'Infinity',
      '-Infinity',
    ])
    expect(pythonJson(list(int(1), list(), str('a"b')))).toBe('[1, [], "a\\"b"]')
    expect(asciiJson('~\u007f\u0080é😀\n')).toBe('"~\\u007f\\u0080\\u00e9\\ud83d\\ude00\\n"')
  })

  test('is the argument for a launcher', () => {
    const params = [['lr', float(0.1 + 0.2)], ['on', bool(true)], ['off', bool(false)], ['none', NONE], ['n', int(4)], ['s', str('a b')]] as const // biome-ignore format: short
    expect(overrideLine('t', params, ['x=1', 'y=2'], [['lr', float(12_345_678_901)]])).toBe(
      'experiment_name=t lr=0.3 on=true off=false none=null n=4 s=a b x=1 y=2 lr=1.23456789e+10',
    )
    expect(overrideLine('t', [], [], [])).toBe('experiment_name=t')
  })
})

describe("a trial's hash", () => {
  const sha1 = (text: string) => createHash('sha1').update(text).digest('hex').slice(0, 12)

  test('is computed from its sorted JSON, with its stage and parent if there are any', () => {
    const hash = createTrialHash()
    const [a, b] = [['a', int(1)], ['b', str('x')]] as const // biome-ignore format: pairs
    const params = '"params": {"a": 1, "b": "x"}'
    for (const given of [[a, b], [b, a]]) expect(hash(given, [])).toBe(sha1(`{"extras": {}, ${params}}`)) // biome-ignore format: pairs
    expect(hash([a, b], [b, a])).toBe(sha1(`{"extras": {"a": 1, "b": "x"}, ${params}}`))
    expect(hash([], [])).toBe(sha1('{"extras": {}, "params": {}}'))
    expect(hash([], [], { stage: 's', parent: 0 })).toBe(
      sha1('{"extras": {}, "params": {}, "parent": 0, "stage": "s"}'),
    )
    expect(hash([], [], { stage: 's' })).toBe(sha1('{"extras": {}, "params": {}, "stage": "s"}'))
  })

  test('sorts names by code points, including those above U+FFFF', () => {
    const sorted = ['a', 'a\u{1f600}', 'aa', '\ue000', '\u{10000}', '\u{10000}a', '\u{10001}']
    const text = (names: readonly string[]) => `{${names.map((name) => `${asciiJson(name)}: 0`).join(', ')}}`
    // An astral character sorts after \ue000, and "aa" sorts before "a" followed by one.
    const order = ['a', 'aa', 'a\u{1f600}', '\ue000', '\u{10000}', '\u{10000}a', '\u{10001}']
    const params = (names: readonly string[]) => names.map((name) => [name, int(0)] as const)
    const expected = sha1(`{"extras": {}, "params": ${text(order)}}`)
    for (const names of [order, sorted, [...order].reverse()])
      expect(createTrialHash()(params(names), [])).toBe(expected)
  })
})

function configOf(more: string): SweepConfig {
  const reading = readConfig(`name: t\nlauncher: ./l.sh\n${more}`)
  if (!reading.ok) throw new Error(reading.problems.map(({ message }) => message).join('\n'))
  return reading.config
}

function rows(more: string): { readonly names: string; readonly count: number; readonly all: readonly string[] } {
  const { parameters, count, each } = rowsOf(configOf(more))
  const all: string[] = []
  each((values) => all.push(values.map((value) => ('value' in value ? value.value : '-')).join(' ')))
  return { names: parameters.map(({ name }) => name).join(' '), count, all }
}

describe("a sweep's combinations", () => {
  const THREE = `parameters:
  a: {type: discrete, values: [1, 2], default: 2}
  b: {type: discrete, values: [x, y, z], default: x}
  c: {type: discrete, values: [7, 8], default: 7}
`
  test('vary one parameter at a time around the defaults, with each seed', () => {
    expect(rows(THREE)).toEqual({ names: 'a b c', count: 5, all: ['2 x 7', '1 x 7', '2 y 7', '2 z 7', '2 x 8'] })
    expect(rows(`${THREE}seeds: {count: 2}\n`)).toEqual({
      names: 'a b c seed',
      count: 10,
      all: ['2 x 7', '1 x 7', '2 y 7', '2 z 7', '2 x 8'].flatMap((row) => [`${row} 0`, `${row} 1`]),
    })
  })

  test('vary the named parameters in the order of the grid, and keep the others at their defaults', () => {
    const few = THREE.replace('c: {type: discrete, values: [7, 8], default: 7}', 'c: {type: discrete, values: [7, 8]}')
    expect(rows(`${few}grid: [c, a]\n`)).toEqual({
      names: 'a b c',
      count: 4,
      all: ['1 x 7', '2 x 7', '1 x 8', '2 x 8'],
    })
    expect(rows(`${few}grid: [c]\nseeds: {count: 2}\n`)).toEqual({
      ...{ names: 'a b c seed', count: 4, all: ['2 x 7 0', '2 x 7 1', '2 x 8 0', '2 x 8 1'] },
    })
    expect(rows(`${few}grid: all\n`).count).toBe(12)
  })
})

describe('after an edit of the parameters', () => {
  const trial = (i: number, params: SweepTrial['params'], extras: SweepTrial['extras'] = []): SweepTrial => ({ i, hash: `h${i}`, name: `t-${i}`, params, extras }) // biome-ignore format: short
  const known = (...trials: readonly SweepTrial[]) => trials.map((one) => ({ trial: one, isOut: false, isHeld: false }))

  test('a trial stays the same if the order of parameters changes, or if a new parameter is at its default', () => {
    const { parameters } = configOf(
      'grid: all\nparameters:\n  b: {type: discrete, values: [1], default: 1}\n  a: {type: discrete, values: [1, 2]}\n  c: {type: discrete, values: [5]}\n',
    )
    const [a, b] = [['a', int(2)], ['b', float(1)]] as const // biome-ignore format: pairs
    const old = known(trial(0, [a, b]), trial(1, [a]), trial(2, [['a', int(1)], b]))
    const planned = [{ params: [['b', int(1)], ['a', int(2)]] as const, extras: [] }] // biome-ignore format: pairs
    const { kept, added, dropped } = reconcile(planned, old, parameters, 3)
    expect([kept.map(({ i }) => i), added, dropped.map(({ i }) => i)]).toEqual([[1], [], [0, 2]])
    const other = reconcile(planned, known(trial(0, [a, b])), parameters, 3)
    expect(other.kept.map(({ i }) => i)).toEqual([0])
  })

  test('different extras make a different trial, and new trials get unused names', () => {
    const { parameters } = configOf('grid: all\nparameters:\n  a: {type: discrete, values: [1, 2]}\n')
    const planned = [1, 2].map((a) => ({ params: [['a', int(a)]] as const, extras: [['m', int(1)]] as const }))
    const old = [{ trial: trial(0, [['a', int(1)]], [['m', int(2)]]), isOut: false, isHeld: true }, { trial: trial(1, [['a', int(2)]], [['m', int(1)]]), isOut: true, isHeld: false }] // biome-ignore format: short
    const { added, held, revived, kept } = reconcile(planned, old, parameters, 7, new Set(['a-1']))
    const hash = createTrialHash()(planned[0]?.params ?? [], planned[0]?.extras ?? [])
    expect(added).toEqual([{ i: 7, hash, params: [['a', int(1)]], extras: [['m', int(1)]], name: `a-1~${hash.slice(0, 4)}` }]) // biome-ignore format: short
    expect([held, revived, kept].map((some) => some.map(({ i }) => i))).toEqual([[0], [1], []])
  })

  test('names begin with the stage and the parent', () => {
    const { parameters } = configOf('grid: all\nparameters:\n  a: {type: discrete, values: [1, 2]}\n')
    const added = (place: object) => reconcile([{ params: [['a', int(1)]], extras: [], ...place }], [], parameters, 4).added // biome-ignore format: short
    expect(added({ stage: 's', parent: 3 })).toMatchObject([{ i: 4, name: 's-3_a-1', stage: 's', parent: 3 }])
    expect(added({ stage: 's' })).toMatchObject([{ i: 4, name: 's_a-1', stage: 's' }])
  })
})

describe("a stage's parents", () => {
  const trial = (i: number, x: number, seed: number): SweepTrial => ({ i, hash: '', name: '', extras: [], params: [['x', int(x)], ['seed', int(seed)]] }) // biome-ignore format: short
  const candidates = [
    { trial: trial(0, 1, 0), value: 4 },
    { trial: trial(1, 1, 1), value: null },
    { trial: trial(2, 2, 0), value: 3 },
    { trial: trial(3, 2, 1), value: 1 },
    { trial: trial(4, 3, 0), value: null },
    { trial: trial(5, 4, 0), value: 1 },
  ]
  const PARAMETER = 'grid: all\nparameters:\n  x: {type: discrete, values: [1, 2]}\n'
  const chosen = (config: SweepConfig, count: number, taken: readonly number[] = []) =>
    chooseParents({ kind: 'best', count }, candidates, config, (i) => taken.includes(i)).map((one) => [one.trial.i, one.evidence]) // biome-ignore format: short

  test('are the best trials, chosen one by one if no combination is repeated', () => {
    const min = configOf(`${PARAMETER}objective: {metric: loss, direction: min}\n`)
    expect(chosen(min, 2)).toEqual([[3, { value: 1, rank: 1, of: 4 }], [5, { value: 1, rank: 2, of: 4 }]]) // biome-ignore format: pairs
    const max = configOf(`${PARAMETER}objective: {metric: loss, direction: max}\n`)
    expect(chosen(max, 2)).toEqual([[0, { value: 4, rank: 1, of: 4 }], [2, { value: 3, rank: 2, of: 4 }]]) // biome-ignore format: pairs
    expect(chosen(max, 9)).toHaveLength(4)
    expect(chosen(max, 2, [5])).toEqual([[5, { value: 1, rank: 4, of: 4 }], [0, { value: 4, rank: 1, of: 4 }]]) // biome-ignore format: pairs
  })

  test('are chosen together with all repetitions, by an aggregate of their values', () => {
    const seeds = configOf(`${PARAMETER}objective: {metric: loss, direction: min}\nseeds: {count: 2, aggregate: max}\n`)
    expect(chosen(seeds, 2)).toEqual([
      [5, { value: 1, rank: 1, of: 3 }],
      [2, { value: 3, rank: 2, of: 3 }],
      [3, { value: 3, rank: 2, of: 3 }],
    ])
    expect(chosen(seeds, 1, [1])).toEqual([[0, { value: 4, rank: 3, of: 3 }], [1, { value: 4, rank: 3, of: 3 }]]) // biome-ignore format: pairs
  })

  test('are all trials if each trial becomes a parent', () => {
    const config = configOf(PARAMETER)
    const all = chooseParents({ kind: 'each' }, candidates, config, () => false)
    expect(all.map((one) => [one.trial.i, one.evidence])).toEqual([0, 1, 2, 3, 4, 5].map((i) => [i, { of: 6 }]))
  })

  test('are ranked by the mean, the median, the minimum or the maximum of their repetitions', () => {
    const values = [5, 1, 9, 2]
    expect((['mean', 'median', 'min', 'max'] as const).map((how) => aggregate(values, how))).toEqual([4.25, 3.5, 1, 9])
    expect([aggregate([5, 1, 9], 'median'), aggregate([7], 'median'), aggregate([7], 'mean')]).toEqual([5, 7, 7])
  })
})
