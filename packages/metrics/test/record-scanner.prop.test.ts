import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DecimalReader } from '../src/history/decimal.ts'
import { RecordScanner } from '../src/history/record-scanner.ts'
import { expectedRecord, recordOf } from './scanned-record.ts'

const encoder = new TextEncoder()

test('any number is read bit for bit as by `Number`', () => {
  const reader = new DecimalReader()
  const digits = (min: number, max: number) =>
    fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: min, maxLength: max })
  const written = fc
    .tuple(
      fc.constantFrom('', '-'),
      digits(1, 22),
      fc.option(digits(1, 24)),
      fc.option(fc.integer({ min: -340, max: 330 })),
    )
    .map(([sign, whole, fraction, power]) => {
      const head = whole.replace(/^0+(?=\d)/, '')
      return `${sign}${head}${fraction === null ? '' : `.${fraction}`}${power === null ? '' : `e${power}`}`
    })
  const printed = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.double({ noNaN: true, min: -10, max: 10 }).map(String),
    fc.double({ noNaN: true, min: 1e-9, max: 1e-3 }).map(String),
    fc.double({ noNaN: true, min: 1e-9, max: 1e9 }).map((value) => value.toPrecision(17)),
    fc.integer().map(String),
  )
  fc.assert(
    fc.property(fc.oneof(written, printed), (text) => {
      const value = reader.read(encoder.encode(`${text},`), 0)
      expect([value, reader.end]).toEqual([Number(text), text.length])
    }),
    { numRuns: 20_000 },
  )
})

test('numbers at and near the midpoint between two doubles are rounded correctly', () => {
  const reader = new DecimalReader()
  const near = fc.tuple(fc.bigInt({ min: 2n ** 53n, max: 2n ** 60n }), fc.integer({ min: -3, max: 3 }), fc.nat(22))
  fc.assert(
    fc.property(near, ([start, offset, places]) => {
      const gap = 2n ** BigInt(start.toString(2).length - 53)
      const middle = (start / gap) * gap + gap / 2n + BigInt(offset)
      const whole = middle.toString().padStart(places + 1, '0')
      const text = places === 0 ? whole : `${whole.slice(0, -places)}.${whole.slice(-places)}`
      expect(reader.read(encoder.encode(`${text} `), 0)).toBe(Number(text))
    }),
    { numRuns: 20_000 },
  )
})

test.each(['', '-', '+1', '.5', '1.', '01', '-01', '1e', '1e+', 'e5', 'NaN', 'Infinity', '1.e5', '--1'])(
  '%s is not a number',
  (text) => {
    const reader = new DecimalReader()
    expect([reader.read(encoder.encode(`${text},`), 0), reader.end]).toEqual([Number.NaN, -1])
  },
)

test('any line gives the same result as parseJson', () => {
  const space = fc.constantFrom('', '', '', ' ', '\t', ' \r')
  const number = fc.oneof(
    fc.double().map(String),
    fc.integer().map(String),
    fc.constantFrom(
      '9007199254740991',
      '9007199254740992',
      '-1e300',
      'null',
      '-0',
      '0.10',
      '1E5',
      '1e400',
      '-1e-400',
      'true',
      '"1"',
      '{"a":1}',
      '[1]',
      '01',
      'nulla',
    ),
  )
  const name = fc.oneof(
    fc.constantFrom('loss', 'train/loss', 'a"b', 'é', '\u0001', '__proto__', 'constructor', '', '1', '0', 'a\\b'),
    fc.string({ unit: 'binary', maxLength: 4 }),
  )
  const metrics = fc
    .array(fc.tuple(space, name, space, space, number, space), { maxLength: 6 })
    .map((entries) => entries.map(([a, key, b, c, value, d]) => `${a}${JSON.stringify(key)}${b}:${c}${value}${d}`))
    .map((parts) => `{${parts.join(',')}}`)
  const entry = fc.oneof(
    fc.tuple(fc.constantFrom('"step"', '"wall_time"', '"epoch"'), number).map((pair) => pair.join(':')),
    fc.tuple(space, metrics, space).map(([a, value, b]) => `"metrics"${a}:${value}${b}`),
    fc.constantFrom('"hp":{"lr":1}', '"step":3', '"metrics":null', '"metrics":[]', '"ste":1', ''),
  )
  const usual = fc
    .tuple(fc.nat(), number, metrics)
    .map(([step, time, values]) => [`"step":${step}`, `"epoch":null`, `"wall_time":${time}`, `"metrics":${values}`])
  const line = fc.oneof(
    usual.map((parts) => `{${parts.join(',')}}`),
    usual.map((parts) => ` { ${parts.join(' , ')} } `),
    fc.tuple(usual, entry).map(([parts, extra]) => `{${[...parts, extra].join(',')}}`),
    fc.array(entry, { maxLength: 5 }).map((parts) => `{${parts.join(',')}}`),
    fc.tuple(usual, fc.nat(200)).map(([parts, length]) => `{${parts.join(',')}}`.slice(0, length)),
    fc.tuple(usual, fc.string()).map(([parts, rest]) => `{${parts.join(',')}}${rest}`),
    fc.json(),
  )
  const scanner = new RecordScanner()
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 4 }), (lines) => {
      for (const text of lines) {
        if (text.includes('\n')) continue
        const bytes = encoder.encode(`..${text}\n`)
        const isRecord = scanner.scan(bytes, 2, bytes.length - 1)
        expect(isRecord ? recordOf(scanner) : undefined).toEqual(expectedRecord(text))
      }
    }),
    { numRuns: 6_000 },
  )
})

test('names in a different order, or in only some lines, keep their ids', () => {
  const scanner = new RecordScanner()
  const read = (metrics: string) => {
    const bytes = encoder.encode(`{"step": 1, "metrics": {${metrics}}}\n`)
    scanner.scan(bytes, 0, bytes.length - 1)
    return recordOf(scanner).metrics
  }
  for (let round = 0; round < 3; round++) {
    expect(read('"a": 1, "b": 2, "c": 3')).toEqual(new Map(Object.entries({ a: 1, b: 2, c: 3 })))
    expect(read('"c": 1, "a": 2')).toEqual(new Map(Object.entries({ c: 1, a: 2 })))
    expect(read('"ab": 1, "abc": 2, "a": 3')).toEqual(new Map(Object.entries({ ab: 1, abc: 2, a: 3 })))
  }
  expect(scanner.names).toEqual(['a', 'b', 'c', 'ab', 'abc'])
})

test('a name that needs an escape is not accepted without one', () => {
  const scanner = new RecordScanner()
  const read = (text: string) => {
    const bytes = encoder.encode(`${text}\n`)
    return scanner.scan(bytes, 0, bytes.length - 1)
  }
  expect(read('{"step":1,"metrics":{"a\\"b":1}}')).toBe(true)
  expect(scanner.names).toEqual(['a"b'])
  expect(read('{"step":1,"metrics":{"a"b":1}}')).toBe(false)
})

test('a reused buffer does not mix up names', () => {
  const scanner = new RecordScanner()
  const buffer = Buffer.alloc(200)
  for (let round = 0; round < 20; round++) {
    const metrics = { [`m${round % 3}`]: 1, [`m${(round + 1) % 4}x`]: 2 }
    const length = buffer.write(`${JSON.stringify({ step: round, metrics })}\n`)
    scanner.scan(buffer, 0, length - 1)
    expect(recordOf(scanner).metrics).toEqual(new Map(Object.entries(metrics)))
  }
})

test('a name that appears twice in a line has one value, the last', () => {
  const scanner = new RecordScanner()
  const bytes = encoder.encode('{"step":1,"metrics":{"a":1,"b":2,"a":3}}\n')
  expect(scanner.scan(bytes, 0, bytes.length - 1)).toBe(true)
  expect([scanner.count, recordOf(scanner).metrics]).toEqual([2, new Map(Object.entries({ a: 3, b: 2 }))])
})

test('a thousand names in one line are read', () => {
  const scanner = new RecordScanner()
  const metrics = Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`group/${at}`, at / 7]))
  const bytes = encoder.encode(`${JSON.stringify({ step: 3, metrics })}\n`)
  for (let round = 0; round < 2; round++) {
    expect(scanner.scan(bytes, 0, bytes.length - 1)).toBe(true)
    expect(recordOf(scanner).metrics).toEqual(new Map(Object.entries(metrics)))
  }
})
