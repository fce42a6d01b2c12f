import type { ControlDescription } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { DEFAULT_LIMITS, type Limits, readLimits } from '../src/index.ts'
import { type AskedChange, autoText, judgeChange, strictest, wordJudgement } from '../src/limits.ts'
import { control } from './support.ts'

function limitsOf(value: unknown): Limits {
  const read = readLimits(value)
  if (!read.ok) throw new Error(read.reason)
  return read.value
}

function judged(limits: Limits, change: Partial<AskedChange> & { readonly key: string }): string {
  const { permission, because } = judgeChange(limits, {
    from: 1,
    to: 2,
    anchor: undefined,
    control: undefined,
    ...change,
  })
  return `${permission}${because === '' ? '' : `: ${because}`}`
}

test('by default the rate may change by a factor of ten without approval, and by up to a thousand with it', () => {
  const limits = limitsOf(undefined)
  expect(limits).toEqual(DEFAULT_LIMITS)
  expect(limitsOf(null)).toEqual(DEFAULT_LIMITS)
  expect(judged(limits, { key: 'lr', from: 0.1, to: 1 })).toBe('auto')
  expect(judged(limits, { key: 'lr', from: 1, to: 0.1 })).toBe('auto')
  expect(judged(limits, { key: 'lr', from: 1, to: 10.1 })).toBe(
    'ask: lr may be changed by at most x10 without approval',
  )
  expect(judged(limits, { key: 'lr', from: 1, to: 0.0009 })).toBe('never: lr may be changed by at most x1000')
  expect(judged(limits, { key: 'other', from: 1, to: 1e9 })).toBe('auto')
})

test('the first limit that matches a key applies, and a key without one needs approval', () => {
  const limits = limitsOf({
    'loss.*': { auto: 'x2' },
    '*.weight': { auto: 'x3' },
    'a*b*c': { auto: 'x4' },
    exact: { auto: 'any' },
  })
  const most = (key: string): string => autoText(limits, key)
  expect(['loss.a', 'loss.', 'loss', 'loss.a.weight', 'b.weight', 'weight'].map(most)).toEqual([
    ...['x2', 'x2', 'never', 'x2', 'x3', 'never'],
  ])
  expect(['abc', 'a1b2c', 'axc', 'abcd', 'ab', 'acb', 'ac'].map(most)).toEqual(['x4', 'x4', ...Array(5).fill('never')])
  expect(['exact', 'exactly', 'exac'].map(most)).toEqual(['any amount', 'never', 'never'])
  // The parts of a pattern must not overlap.
  const overlapping = limitsOf({ 'ab*ba': { auto: 'x2' } })
  expect(['aba', 'abba', 'ab1ba'].map((key) => autoText(overlapping, key))).toEqual(['never', 'x2', 'x2'])
  expect(judged(limits, { key: 'none' })).toBe('ask: no limit is set for none')
})

test("a percentage refers to the control's range, and does not work for a control without a range", () => {
  const limits = limitsOf({ mix: { auto: '20%', ask: '50 %', drift: 'any' } })
  const range = control('mix', 5, { min: 0, max: 10 })
  const at = (to: number, known: ControlDescription | undefined = range): string =>
    judged(limits, { key: 'mix', from: 5, to, control: known })
  expect([at(7), at(3), at(7.1), at(10.1)]).toEqual([
    'auto',
    'auto',
    'ask: mix may be changed by at most 20 % of its range without approval',
    'never: mix may be changed by at most 50 % of its range',
  ])
  const high = { ...range, min: 2, max: 12 }
  expect([at(7, high), at(7.5, high)]).toEqual([
    'auto',
    'ask: mix may be changed by at most 20 % of its range without approval',
  ])
  const never = 'never: mix may be changed by at most 50 % of its range'
  expect([at(5.1, { ...range, min: null }), at(5.1, { ...range, max: null }), at(5.1, undefined)]).toEqual([
    never,
    never,
    'auto',
  ])
  expect(judgeChange(limits, { key: 'mix', from: 5, to: 5.1, anchor: undefined, control: undefined }).permission).toBe(
    'never',
  )
})

test('a ratio limits only numbers above 0, and the same value is always allowed', () => {
  const limits = limitsOf({ a: { auto: 'x2', ask: 'x4' } })
  const never = 'never: a may be changed by at most x4'
  expect(judged(limits, { key: 'a', from: 0, to: 1 })).toBe(never)
  expect(judged(limits, { key: 'a', from: 1, to: 0 })).toBe(never)
  expect(judged(limits, { key: 'a', from: -1, to: -2 })).toBe(never)
  expect(judged(limits, { key: 'a', from: 'x', to: 2 })).toBe(never)
  expect(judged(limits, { key: 'a', from: 1, to: 'x' })).toBe(never)
  expect(judged(limits, { key: 'a', from: 'x', to: 'x' })).toBe('auto')
  expect(judged(limits, { key: 'a', from: 0, to: 0 })).toBe('auto')
  // Rounding does not matter.
  expect(judged(limits, { key: 'a', from: 0.1, to: 0.1 * 2 })).toBe('auto')
  expect(judged(limits, { key: 'a', from: 3, to: 3 / 2 })).toBe('auto')
})

test('a change to a value far from the one that a person chose needs approval, except from 0', () => {
  const limits = limitsOf({ a: { auto: 'any', drift: 'x10' } })
  expect(judged(limits, { key: 'a', from: 5, to: 10, anchor: 1 })).toBe('auto')
  expect(judged(limits, { key: 'a', from: 5, to: 11, anchor: 1 })).toBe('ask: a would be more than x10 from 1')
  expect(judged(limits, { key: 'a', from: 5, to: 11, anchor: 0 })).toBe('auto')
  expect(judged(limits, { key: 'a', from: 5, to: 11, anchor: undefined })).toBe('auto')
})

test('a limit without `auto` always needs approval', () => {
  expect(judged(limitsOf({ a: {} }), { key: 'a' })).toBe('ask: changes of a need approval')
  expect(limitsOf({ a: {} }).controls).toEqual([
    { key: 'a', auto: null, ask: { kind: 'any' }, drift: { kind: 'ratio', most: 10 } },
  ])
})

test('permissions are auto, ask or never, and counts are whole numbers; the others keep their defaults', () => {
  const limits = limitsOf({ stop: 'auto', cb: 'never', per_run: 0, per_hour: 3 })
  expect(limits).toEqual({
    controls: [],
    words: { ...DEFAULT_LIMITS.words, stop: 'auto', cb: 'never' },
    perRun: 0,
    perHour: 3,
  })
  expect(wordJudgement(limits, 'stop')).toEqual({ permission: 'auto', because: '' })
  expect(wordJudgement(limits, 'cb')).toEqual({ permission: 'never', because: '`cb` is not allowed' })
  expect(wordJudgement(limits, 'rerun')).toEqual({ permission: 'ask', because: '`rerun` needs approval' })
  expect(DEFAULT_LIMITS.words).toEqual({
    rescue: 'auto',
    checkpoint: 'auto',
    pause: 'auto',
    stop: 'ask',
    cb: 'ask',
    rerun: 'ask',
  })
})

test.each([
  [[], '`limits` must be a mapping, got [] '],
  [{ stop: 'maybe' }, '`limits.stop` must be auto, ask or never, got "maybe"'],
  [{ stop: true }, '`limits.stop` must be auto, ask or never, got true'],
  [{ per_run: -1 }, '`limits.per_run` must be a whole number of at least 0, got -1'],
  [{ per_hour: 1.5 }, '`limits.per_hour` must be a whole number of at least 0, got 1.5'],
  [{ lr: 'x2' }, '`limits.lr` must have the form {auto: x2, ask: x30, drift: x10}, got "x2"'],
  [{ lr: { auot: 'x2' } }, '`limits.lr` has no field `auot`: did you mean `auto`?'],
  ...['2', 'x', 'x0.5', 'xx2', '20', '-5%', 3, null].map((auto) => [
    { lr: { auto } },
    `\`limits.lr.auto\` must be a ratio such as x2 or a percentage such as 20%, got ${JSON.stringify(auto)}`,
  ]),
] as [unknown, string][])('the limits %j are refused, and the error states what would be right', (value, reason) => {
  const read = readLimits(value)
  expect(read.ok ? 'read' : read.reason).toContain(reason.trim())
})

test('the strictest of several judgements applies, and the first of equal ones', () => {
  const [auto, ask, also, never] = [
    { permission: 'auto', because: '' },
    { permission: 'ask', because: 'a' },
    { permission: 'ask', because: 'b' },
    { permission: 'never', because: 'c' },
  ] as const
  expect(strictest([])).toEqual(auto)
  expect(strictest([auto, ask, also])).toBe(ask)
  expect(strictest([never, ask])).toBe(never)
  expect(strictest([ask, never, auto])).toBe(never)
})
