import { describe, expect, test } from 'vitest'
import { readConfig } from '../src/index.ts'
import { chooseGpus, slotsOf } from '../src/node/slots.ts'
import { createConditions, resourcesFor } from '../src/plan/conditions.ts'
import { distinctNames, nameToken, trialName } from '../src/plan/name.ts'
import { bool, float, int, NONE, str, type Value } from '../src/value.ts'

// Parts of a plan with chosen values. plan.test.ts compares whole plans with HyperHerd's.

const PARAMETERS = `name: t
launcher: ./l.sh
grid: all
parameters:
  lr: {type: discrete, values: [0.1, 0.2, 0.5]}
  n: {type: discrete, values: [1, 2, 3]}
  opt: {type: discrete, values: [adam, 'a b'], labels: [adam, ab]}
`

function configOf(conditions: string) {
  const reading = readConfig(`${PARAMETERS}conditions:\n${conditions}`)
  if (!reading.ok) throw new Error(reading.problems.map(({ message }) => message).join('\n'))
  return reading.config
}

function apply(conditions: string, lr: number, n: number, opt = 'adam') {
  const config = configOf(conditions)
  const applied = createConditions(config.conditions, config.parameters)([float(lr), int(n), str(opt)])
  if (!applied.ok) return applied.message
  const { value } = applied
  return value.kind === 'excluded' ? `excluded by ${value.by}` : [...value.values.map((one) => ('value' in one ? one.value : null)), ...value.extras.map(([name, one]) => `${name}=${'value' in one ? one.value : null}`)] // biome-ignore format: short
}

describe('a condition', () => {
  test.each<[string, readonly number[]]>([
    ['{n: 2}', [2]],
    ['{n: {eq: 2}}', [2]],
    ['{n: {ne: 2}}', [1, 3]],
    ['{n: {gt: 2}}', [3]],
    ['{n: {ge: 2}}', [2, 3]],
    ['{n: {lt: 2}}', [1]],
    ['{n: {le: 2}}', [1, 2]],
    ['{n: [1, 3]}', [1, 3]],
    ['{n: {in: [1, 3]}}', [1, 3]],
    ['{n: {not_in: [1, 3]}}', [2]],
    ['{n: {gt: a}}', []],
    ['{expr: "n > 1"}', [2, 3]],
    ['{n: {gt: 1}, lr: 0.1}', [2, 3]],
    ['{n: {gt: 1}, lr: 0.2}', []],
  ])('with %s is true for n in %j', (when, holds) => {
    const marked = [1, 2, 3].filter((n) => String(apply(`  - {when: ${when}, set: {m: 1}}\n`, 0.1, n)).includes('m=1'))
    expect(marked).toEqual(holds)
  })

  test('excludes combinations with the listed values, is named in the result, and ends the evaluation', () => {
    const both = '  - {name: first, when: {n: 1}, exclude: {lr: [0.1, 0.2]}}\n  - {when: {lr: 0.1}, exclude: {n: 1}}\n'
    expect(apply(both, 0.1, 1)).toBe('excluded by first')
    expect(apply(both, 0.5, 1)).toEqual([0.5, 1, 'adam'])
    expect(apply(both, 0.1, 2)).toEqual([0.1, 2, 'adam'])
    expect(apply('  - {when: {n: 1}, exclude: {lr: 0.1}}\n', 0.1, 1)).toBe('excluded by unnamed')
  })

  test('forces values that later conditions use, and sets extras in order', () => {
    const chain =
      '  - {when: {n: 1}, force: {lr: 0.5}, set: {a: 1, b: {expr: "lr * 2"}}}\n  - {when: {lr: 0.5}, set: {a: 2, c: x}}\n'
    expect(apply(chain, 0.1, 1)).toEqual([0.5, 1, 'adam', 'a=2', 'b=1', 'c=x'])
    expect(apply(chain, 0.1, 2)).toEqual([0.1, 2, 'adam'])
  })

  test('that cannot be evaluated reports its line and the combination', () => {
    expect(apply('  - {name: c, when: {expr: "1 / (n - 1) > 0"}, set: {m: 1}}\n', 0.1, 1)).toMatch(
      /^condition "c" in line 9: .* in "1 \/ \(n - 1\) > 0", for lr=0\.1 n=1 opt=adam$/,
    )
  })

  test('gives resources to the trials for which it is true, and later conditions take precedence', () => {
    const { conditions, parameters } = configOf(
      '  - {when: {n: {ge: 2}}, slurm: {mem: 9G, time: "2:00:00"}}\n  - {when: {n: 3}, slurm: {mem: 20G}}\n  - {when: {n: 1}, set: {m: 1}}\n',
    )
    const of = (n: number) => resourcesFor(conditions, parameters, (name) => (name === 'n' ? int(n) : undefined))
    expect([of(1), of(2), of(3)]).toEqual([{}, { mem: '9G', time: '2:00:00' }, { mem: '20G', time: '2:00:00' }])
    expect(resourcesFor(conditions.slice(2), parameters, () => int(1))).toEqual({})
  })
})

describe('a trial name', () => {
  const { parameters } = configOf('  - {when: {n: 1}, set: {m: 1}}\n')
  const row = (lr: number, n: number, opt: Value = str('adam'), hash = 'abcdef012345') => ({ params: [['lr', float(lr)], ['n', int(n)], ['opt', opt]] as const, hash }) // biome-ignore format: short

  test('contains each value, as its label or with few digits', () => {
    expect(trialName(parameters, [float(0.123456), int(2), str('a b')])).toBe('lr-0.1235_n-2_opt-ab')
    expect(trialName(parameters, [float(0.123456)], 8)).toBe('lr-0.123456_n-_opt-')
    const [, , opt] = parameters
    expect(opt && [nameToken(opt, str('x y/z')), nameToken(opt, bool(true)), nameToken(opt, NONE)]).toEqual(['x-y-z', 'True', 'None']) // biome-ignore format: short
  })

  test('has more digits if two names would be equal, and the hash if that is not enough', () => {
    const free = () => false
    expect(distinctNames(parameters, [row(0.1, 1), row(0.1, 2)], free)).toEqual(['lr-0.1_n-1_opt-adam', 'lr-0.1_n-2_opt-adam']) // biome-ignore format: short
    expect(distinctNames(parameters, [row(0.123451, 1), row(0.123452, 1)], free)).toEqual([
      ...['lr-0.123451_n-1_opt-adam', 'lr-0.123452_n-1_opt-adam'],
    ])
    expect(distinctNames(parameters, [row(0.1234567891, 1), row(0.1234567892, 1)], free)[1]).toMatch(/^lr-0\.123456789\d*_n-1_opt-adam$/) // biome-ignore format: short
    expect(distinctNames(parameters, [row(0.5, 1), row(0.5, 1, str('adam'), 'fedcba')], free)).toEqual([
      ...['lr-0.5_n-1_opt-adam~abcd', 'lr-0.5_n-1_opt-adam~fedc'],
    ])
    expect(distinctNames(parameters, [row(0.5, 1)], (name) => name === 'lr-0.5_n-1_opt-adam')).toEqual(['lr-0.5_n-1_opt-adam~abcd']) // biome-ignore format: short
    expect(distinctNames(parameters, [row(0.5, 1)], (name) => !name.endsWith('~abcdef012345'))).toEqual(['lr-0.5_n-1_opt-adam~abcdef012345']) // biome-ignore format: short
  })

  test('begins with the name of its stage, and has at most two hundred characters', () => {
    expect(distinctNames(parameters, [row(0.1, 1)], () => false, 'tune-3')).toEqual(['tune-3_lr-0.1_n-1_opt-adam'])
    expect(distinctNames([], [{ params: [], hash: 'abcdef' }], () => false, 'tune-3')).toEqual(['tune-3'])
    const [long = ''] = distinctNames(parameters, [row(0.1, 1, str('x'.repeat(300)))], () => false)
    expect(long).toMatch(/^lr-0\.1_n-1_opt-x+~abcd$/)
    expect(long.length).toBe(192)
  })
})

describe('the slots of this machine', () => {
  const local = { maxConcurrent: 8, cpusPerTask: 1, gpusPerTask: 0, memPerTask: null, gpus: ['0', '1', '2'], killWait: 30 } as const // biome-ignore format: short

  test('are limited by the number, the memory and the GPUs, and there is always at least one', () => {
    const count = (more: object) => slotsOf({ ...local, ...more }).count
    expect([count({}), count({ gpusPerTask: 1 }), count({ gpusPerTask: 2 }), count({ gpusPerTask: 0.5 }), count({ gpusPerTask: 0.4 })]).toEqual([8, 3, 1, 6, 6]) // biome-ignore format: short
    expect([count({ memPerTask: Number.MAX_SAFE_INTEGER }), count({ gpusPerTask: 4 }), count({ memPerTask: 1 })]).toEqual([1, 1, 8]) // biome-ignore format: short
    expect(count({ maxConcurrent: null, cpusPerTask: 100_000 })).toBe(1)
    expect([slotsOf(local).gpus, slotsOf({ ...local, gpusPerTask: 1 }).gpus]).toEqual([[], ['0', '1', '2']])
  })

  test('get GPUs that no other trial uses, or the fullest GPU that still has enough capacity', () => {
    const slots = { count: 9, gpus: ['0', '1', '2'] }
    expect([chooseGpus(slots, 0, []), chooseGpus({ count: 1, gpus: [] }, 1, [])]).toEqual(['', ''])
    expect([chooseGpus(slots, 1, []), chooseGpus(slots, 1, ['0']), chooseGpus(slots, 2, ['1']), chooseGpus(slots, 2, ['0,1'])]).toEqual(['0', '1', '0,2', null]) // biome-ignore format: short
    expect([chooseGpus(slots, 0.5, []), chooseGpus(slots, 0.5, ['1']), chooseGpus(slots, 0.5, ['1', '1', '2'])]).toEqual(['0', '1', '2']) // biome-ignore format: short
    expect(chooseGpus(slots, 0.5, ['0', '0', '1', '1', '2', '2'])).toBe(null)
  })
})
