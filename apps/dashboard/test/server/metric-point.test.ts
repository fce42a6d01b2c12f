import { expect, test } from 'vitest'
import { eachPoint, readPoint } from '../../src/server/metric-point.ts'

const LONG = `,"filler":"${'x'.repeat(5000)}"`

/** A line of metrics, as text; `more` follows the metrics. */
function line(step: string, metrics: string, more = ''): string {
  return `{"step":${step},"metrics":{${metrics}}${more}}`
}

test.each([
  ['1.5', 1.5],
  ['-2e-3', -0.002],
  ['1E+2', 100],
  ['7', 7],
  ['null', null],
  ['NaN', null],
  ['-Infinity', null],
  ['Infinity', null],
  ['"text"', undefined],
  ['true', 1],
  ['false', 0],
  ['[1]', undefined],
])('the value %s is read as %s, from a short line and from a long one', (text, value) => {
  const expected = value === undefined ? undefined : { step: 12, value }
  for (const more of ['', LONG]) {
    expect(readPoint(line('12', `"a":1,"loss":${text},"b":2`, more), 'loss')).toEqual(expected)
    expect(readPoint(line('12', `"loss": ${text}`, more), 'loss')).toEqual(expected)
  }
})

test('a long line is read only if it is whole, has a valid step and has the metric among its metrics', () => {
  const whole = line('12', '"a":1,"b \\"c":2', LONG)
  expect(readPoint(whole, 'a')).toEqual({ step: 12, value: 1 })
  expect(readPoint(whole, 'b "c')).toEqual({ step: 12, value: 2 })
  expect(readPoint(whole, 'step')).toBeUndefined()
  expect(readPoint(whole.slice(0, -1), 'a')).toBeUndefined()
  expect(readPoint(`{ "step": 12.5,"metrics":{"a":1}${LONG}}`, 'a')).toEqual({ step: 12.5, value: 1 })
  expect(readPoint(line('-3', '"a":1', LONG), 'a')).toEqual({ step: -3, value: 1 })
  expect(readPoint(line('9007199254740993', '"a":1', LONG), 'a')).toBeUndefined()
  expect(readPoint(line('"12"', '"a":1', LONG), 'a')).toBeUndefined()
  expect(readPoint(` x{"step":12,"metrics":{"a":1}${LONG}}`, 'a')).toBeUndefined()
  expect(readPoint(`{"step":12,"values":{"a":1}${LONG}}`, 'a')).toBeUndefined()
  expect(readPoint(`{"step":12,"a":5,"metrics":{"b":1}${LONG}}`, 'a')).toBeUndefined()
})

test.each([
  ['a step with an exponent', line('1e3', '"a":1', LONG), 'a', { step: 1000, value: 1 }],
  ['a name that ends another name', line('1', '"b\\"a":1,"a":2', LONG), 'a', { step: 1, value: 2 }],
  [
    'a name with characters that Python escapes',
    line('1', '"pr\\u00e9cision":2', LONG),
    'précision',
    { step: 1, value: 2 },
  ],
  ['the same in a short line', line('1', '"pr\\u00e9cision":2'), 'précision', { step: 1, value: 2 }],
  ['a name with quotation marks, in a short line', line('1', '"b \\"c":2'), 'b "c', { step: 1, value: 2 }],
  [
    'a name that occurs again after the metrics',
    line('1', '"a":2', `${LONG},"more":{"a":3}`),
    'a',
    { step: 1, value: 2 },
  ],
  ['a name that occurs only after the metrics', line('1', '"b":2', `${LONG},"more":{"a":3}`), 'a', undefined],
  ['a number of more than 40 characters', line('1', `"a":1.${'0'.repeat(40)}e3`, LONG), 'a', { step: 1, value: 1000 }],
])('a line with %s yields the right point', (_, text, name, expected) => {
  expect(readPoint(text, name)).toEqual(expected)
})

test('a short line that cannot be read, or that lacks the metric, has no point', () => {
  expect(readPoint('{"step":1,"metrics":{"a":', 'a')).toBeUndefined()
  expect(readPoint(line('1', '"a":1'), 'b')).toBeUndefined()
  expect(readPoint(line('1', '"ab":1'), 'a')).toBeUndefined()
})

test('each point of a line is passed on once, only for the chosen names', () => {
  const shown = { step: 1, metrics: { a: 1, b: 'text', c: Number.NaN, d: 2 }, wallTime: null, epoch: null }
  const points = (names?: ReadonlySet<string>) => {
    const found: unknown[] = []
    eachPoint(shown as never, names, (name, value) => found.push([name, value]))
    return found
  }
  expect(points()).toEqual([
    ['a', 1],
    ['c', null],
    ['d', 2],
  ])
  expect(points(new Set(['d', 'b']))).toEqual([['d', 2]])
  expect(points(new Set())).toEqual([])
})
