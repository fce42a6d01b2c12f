import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isNumberText, parseAssignment, parseValue } from '../src/index.ts'

describe('parseAssignment', () => {
  const cases: readonly (readonly [string, string, unknown])[] = [
    ['lr=1e-4', 'lr', 1e-4],
    ['lr=.5', 'lr', 0.5],
    ['lr=5.', 'lr', 5],
    ['lr=-3E+2', 'lr', -300],
    ['lr=+7', 'lr', 7],
    ['n=007', 'n', 7],
    ['nesterov=TRUE', 'nesterov', true],
    ['nesterov=False', 'nesterov', false],
    ['ramp=NULL', 'ramp', null],
    ['betas=[0.9, 0.999]', 'betas', [0.9, 0.999]],
    ['ramp={"type":"linear"}', 'ramp', { type: 'linear' }],
    ['name="1e-4"', 'name', '1e-4'],
    ['name=v1.2', 'name', 'v1.2'],
    ['name=1_000', 'name', '1_000'],
    ['name=0x10', 'name', '0x10'],
    ['name=nan', 'name', 'nan'],
    ['name=-', 'name', '-'],
    ['name=a=b', 'name', 'a=b'],
    [' name = two words ', 'name', 'two words'],
    ['name=', 'name', ''],
  ]
  for (const [text, key, value] of cases) {
    test(`reads ${JSON.stringify(text)}`, () => {
      expect(parseAssignment(text)).toEqual({ ok: true, value: { key, value } })
    })
  }

  test('refuses text without a key, or JSON that does not parse', () => {
    expect(parseAssignment('lr')).toEqual({ ok: false, reason: 'expected `key=value`, got "lr"' })
    expect(parseAssignment('=3')).toEqual({ ok: false, reason: 'expected `key=value`, got "=3"' })
    expect(parseAssignment('betas=[0.9')).toEqual({
      ok: false,
      reason: expect.stringMatching(/^`betas`: expected JSON, got "\[0\.9" \(/),
    })
    expect(parseAssignment('lr=1e999')).toEqual({ ok: false, reason: '`lr`: expected a finite number, got "1e999"' })
  })

  test('refuses whole numbers that a double would round, also inside JSON', () => {
    const right = 'expected a whole number between -9007199254740991 and 9007199254740991'
    const why = 'it cannot be represented exactly'
    for (const text of ['9007199254740993', '-9007199254740993', '9'.repeat(400)]) {
      const read = parseAssignment(`seed=${text}`)
      expect(read.ok ? read.value : read.reason).toMatch(new RegExp(`^\`seed\`: ${right}, got -?9\\d{10,}…?: ${why}$`))
    }
    const nested = parseAssignment('data={"seeds":[1,{"a":9007199254740993}],"b":2}')
    expect(nested).toEqual({ ok: false, reason: `\`data\`: ${right}, got 9007199254740993: ${why}` })
    expect(parseValue('9007199254740991')).toEqual({ ok: true, value: Number.MAX_SAFE_INTEGER })
    expect(parseValue('["9007199254740993"]')).toEqual({ ok: true, value: ['9007199254740993'] })
    expect(parseValue('1e20')).toEqual({ ok: true, value: 1e20 })
  })

  test('reads back every finite number and every JSON object or list as JavaScript writes it', () => {
    // Whole numbers beyond 2^53 are the exception.
    const isExact = (value: unknown): boolean => !/(?<![\d.eE+])\d{16,}(?![\d.eE])/.test(JSON.stringify(value))
    const number = fc.double({ noNaN: true, noDefaultInfinity: true })
    const json = fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.array(fc.jsonValue()))
    fc.assert(
      fc.property(fc.oneof(number, json).filter(isExact), (value) => {
        const text = JSON.stringify(value)
        expect(parseValue(text)).toEqual({ ok: true, value: JSON.parse(text) })
      }),
    )
  })

  test('never throws, and reads only numbers as numbers', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[-+.eE0-9]{0,8}$/)), (text) => {
        const read = parseAssignment(text)
        if (read.ok && typeof read.value.value === 'number') expect(Number.isFinite(read.value.value)).toBe(true)
        expect(isNumberText(text)).toBe(/\d/.test(text) && !/[^-+.eE\d]/.test(text) && !Number.isNaN(Number(text)))
      }),
      { numRuns: 2000 },
    )
  })
})
