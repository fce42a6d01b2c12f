import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_DEPTH, parseJson, TOO_DEEP } from '../src/index.ts'

describe('parseJson', () => {
  test('reads the non-finite numbers that Python writes: NaN as null, infinities as they are', () => {
    expect(parseJson('{"a": NaN, "b": [Infinity, -Infinity], "NaN": "say NaN, \\"Infinity\\""}')).toEqual({
      ok: true,
      value: {
        a: null,
        b: [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
        NaN: 'say NaN, "Infinity"',
      },
    })
  })

  test('refuses NaN on request, and leaves it alone in strings', () => {
    expect(parseJson('{"a": NaN}', { nan: 'refuse' })).toEqual({
      ok: false,
      reason: '`NaN` is not a valid value in a request',
    })
    expect(parseJson('{"NaN": "NaN", "a": -Infinity}', { nan: 'refuse' })).toEqual({
      ok: true,
      value: { NaN: 'NaN', a: Number.NEGATIVE_INFINITY },
    })
  })

  test('reads all JSON like JSON.parse, with such numbers anywhere in it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom('NaN', 'Infinity', '-Infinity'), (value, token) => {
        expect(parseJson(JSON.stringify(value))).toEqual({ ok: true, value: JSON.parse(JSON.stringify(value)) })
        const number = { NaN: null, Infinity: Number.POSITIVE_INFINITY, '-Infinity': Number.NEGATIVE_INFINITY }[token]
        expect(parseJson(`[${JSON.stringify(value)}, ${token}]`)).toEqual({
          ok: true,
          value: [JSON.parse(JSON.stringify(value)), number],
        })
      }),
    )
  })

  test('never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => typeof parseJson(text).ok === 'boolean'))
    expect(parseJson('{"a": NaN')).toEqual({ ok: false, reason: expect.stringContaining('JSON') })
  })
})

const nested = (depth: number, inner = '') => `${'['.repeat(depth)}${inner}${']'.repeat(depth)}`
const objects = (depth: number) => `${'{"a":'.repeat(depth)}0${'}'.repeat(depth)}`

describe('the depth limit', () => {
  test('a hundred nested arrays and objects are read, one more is refused', () => {
    for (const text of [nested(MAX_DEPTH), objects(MAX_DEPTH), `{"a":${nested(MAX_DEPTH - 1)}}`]) {
      expect(parseJson(text).ok).toBe(true)
    }
    for (const depth of [MAX_DEPTH + 1, 4500, 100_000]) {
      for (const text of [nested(depth), objects(depth), `{"a":${nested(depth - 1)}}`, `[NaN,${nested(depth)}]`]) {
        expect(parseJson(text)).toEqual({ ok: false, reason: TOO_DEEP })
        expect(parseJson(` \n${text}`, { nan: 'keep' })).toEqual({ ok: false, reason: TOO_DEEP })
      }
    }
  })

  test('brackets in strings and siblings do not count', () => {
    const many = `[${Array(500).fill('[{}]').join()}]`
    const inText = JSON.stringify(['[{'.repeat(500), `"${'\\'.repeat(7)}"[`.repeat(300)])
    for (const text of [many, inText]) expect(parseJson(text)).toEqual({ ok: true, value: JSON.parse(text) })
  })

  test('it agrees with the depth of the parsed value, on any JSON', () => {
    const depthOf = (value: unknown): number =>
      typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), fc.integer({ min: 94, max: 101 }), (inner, around) => {
        const text = nested(around, inner)
        expect(parseJson(text).ok).toBe(depthOf(JSON.parse(text)) <= MAX_DEPTH)
      }),
    )
  })
})

test('a byte order mark at the start of a text is skipped', () => {
  expect(parseJson('\ufeff{"a":1}')).toEqual({ ok: true, value: { a: 1 } })
  expect(parseJson('\ufeff[NaN]')).toEqual({ ok: true, value: [null] })
  expect(parseJson('["\ufeff"]')).toEqual({ ok: true, value: ['\ufeff'] })
})

test('a reason is one line of bounded length, whatever the text contains', () => {
  for (const text of ['\u001b[31m', 'x\ny', '\u2028', '\ud800', '{"a":"\u0001"}', `{"${'k'.repeat(5000)}`]) {
    const parsed = parseJson(text)
    const reason = parsed.ok ? '' : parsed.reason
    expect(reason).toMatch(/^[^\p{Cc}\p{Zl}\p{Zp}\p{Cs}]{1,2000}$/u)
  }
})

const read = (text: string) => {
  const parsed = parseJson(text, { nan: 'keep' })
  return parsed.ok ? parsed.value : `not valid JSON: ${parsed.reason}`
}

test('the bare words of Python are numbers, and text inside strings', () => {
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

test('any value in Python’s notation is read back', () => {
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
  const text = 'x"\\'.repeat(4_000_000)
  expect(read(`{"text":${JSON.stringify(text)},"loss":NaN}`)).toEqual({ text, loss: Number.NaN })
})
