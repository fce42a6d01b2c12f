import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseJsonLine, parseJsonLines } from '../src/index.ts'

const lineOf = (text: string, offset = 0) => ({ text, offset, bytes: Buffer.byteLength(text) + 1 })
const read = (text: string) => {
  const parsed = parseJsonLine(lineOf(text))
  return parsed.ok ? parsed.value : parsed.reason
}

test('lines are read in order, each with its value or with where it stands and why not', () => {
  const lines = [lineOf('{"a":1}', 0), lineOf('{"a":', 8), lineOf('2', 14)]
  expect([...parseJsonLines(lines)]).toEqual([
    { ok: true, value: { a: 1 }, line: lines[0] },
    { ok: false, offset: 8, reason: expect.stringMatching(/^not valid JSON: /), line: lines[1] },
    { ok: true, value: 2, line: lines[2] },
  ])
})

test('the bare words of Python are numbers, in strings they are text', () => {
  expect(read('{"a": NaN, "b": [Infinity, -Infinity,NaN], "NaN": "NaN, \\"-Infinity\\\\", "c":1}')).toEqual({
    a: Number.NaN,
    b: [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN],
    NaN: 'NaN, "-Infinity\\',
    c: 1,
  })
  expect(read('NaN')).toBeNaN()
  expect(Object.entries(Object(read('{"__proto__":NaN}')))).toEqual([['__proto__', Number.NaN]])
})

test.each([
  '-NaN',
  '--Infinity',
  '1Infinity',
  'xNaN',
  'NaN1',
  'NaNNaN',
  '{"a":NaN',
  '"NaN',
  '{NaN:1}',
  '+Infinity',
  '[NaN,]',
  'nan',
])('%s is not JSON in any dialect', (text) => expect(read(text)).toMatch(/^not valid JSON: /))

test('any value written as Python writes it comes back', () => {
  const json = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, null, true),
      fc.integer(),
      fc.string({ unit: fc.constantFrom('N', 'a', '"', '\\', 'NaN', 'Infinity', '-', ',', ':', '\u2028', '\n', '€') }),
      fc.array(tie('value')),
      fc.dictionary(fc.constantFrom('a', 'NaN', '"Infinity"', '\\'), tie('value')),
    ),
  })).value
  const write = (value: unknown): string => {
    if (Array.isArray(value)) return `[${value.map(write).join(', ')}]`
    if (typeof value === 'object' && value !== null)
      return `{${Object.entries(value)
        .map(([key, part]) => `${JSON.stringify(key)}: ${write(part)}`)
        .join(', ')}}`
    return typeof value === 'number' ? String(value) : JSON.stringify(value)
  }
  fc.assert(
    fc.property(json, (value) => {
      expect(read(write(value))).toEqual(value)
    }),
    { numRuns: 500 },
  )
})

test('a line of megabytes with a bare word is read', () => {
  const text = 'x"\\'.repeat(1_000_000)
  expect(read(`{"text":${JSON.stringify(text)},"loss":NaN}`)).toEqual({ text, loss: Number.NaN })
})
