import { describe, expect, test } from 'vitest'
import { DecimalReader } from '../src/history/decimal.ts'
import { RecordScanner } from '../src/history/record-scanner.ts'
import { bytesOf, expectedRecord, type PlainRecord, recordOf } from './scanned-record.ts'

// Hand-picked numbers and lines; record-scanner.prop.test.ts uses random ones.

const WHOLE = ['0', '1', '9', '10', '42', '123456789', '1234567890', '123456789012345', '1234567890123456']
const LONG = [
  '12345678901234567',
  '123456789012345678',
  '1234567890123456789',
  '98765432109876543210',
  '9007199254740993',
]
const FRACTIONS = [
  '',
  '.0',
  '.5',
  '.25',
  '.000001',
  '.123456789',
  '.1234567890123',
  '.00000000000000000000001',
  '.3000000',
]
const POWERS = ['', 'e0', 'e1', 'E5', 'e+7', 'e-1', 'e-22', 'e-23', 'e22', 'e23', 'e300', 'e-320', 'e400', 'e-400']

describe('a number', () => {
  test('of any length, fraction and power is read bit for bit as by `Number`, with its end', () => {
    const reader = new DecimalReader()
    const texts = [...WHOLE, ...LONG].flatMap((whole) =>
      FRACTIONS.flatMap((fraction) =>
        POWERS.flatMap((power) => ['', '-'].map((sign) => sign + whole + fraction + power)),
      ),
    )
    const wrong = texts.filter((text) => {
      const value = reader.read(bytesOf(`  ${text},`), 2)
      return !Object.is(value, Number(text)) || reader.end !== 2 + text.length
    })
    expect(wrong).toEqual([])
  })

  test('next to the midpoint between two doubles is rounded as by Number', () => {
    const reader = new DecimalReader()
    for (const text of [
      ...[
        '9007199254740993',
        '9007199254740991.5',
        '4503599627370497.5',
        '4503599627370496.5',
        '0.1000000000000000055',
      ],
      ...[
        '1.00000000000000011',
        '1.000000000000000111',
        '1.0000000000000001110',
        '72057594037927944',
        '0.3000000000000000166',
      ],
      ...['179769313486231570e291', '123456789012345678e-30', '100000000000000008.0', '0.99999999999999994', '8.41e21'],
    ]) {
      expect([text, reader.read(bytesOf(`${text} `), 0)]).toEqual([text, Number(text)])
    }
  })

  test('that JSON does not allow is not accepted', () => {
    const reader = new DecimalReader()
    for (const text of [
      '',
      '-',
      '+1',
      '.5',
      '1.',
      '-.5',
      '01',
      '-01',
      '00',
      '1e',
      '1e+',
      '1e-',
      '1.5e',
      'e5',
      'NaN',
      '--1',
      '1.e5',
      'x',
    ]) {
      expect([text, reader.read(bytesOf(`${text},`), 0), reader.end]).toEqual([text, Number.NaN, -1])
    }
  })

  test('ends before the first byte that does not belong to it', () => {
    const reader = new DecimalReader()
    for (const [text, length] of [
      ['12:3', 2],
      ['1.5.5', 3],
      ['3-4', 1],
      ['1e5e5', 3],
      ['7/', 1],
      ['2.50}', 4],
    ] as const) {
      // biome-ignore format: pairs
      reader.read(bytesOf(text), 0)
      expect([text, reader.end]).toEqual([text, length])
    }
  })
})

const HEADS = [
  '"step":5',
  '"step" : 5 ',
  '"step":-3',
  '"step":1.5',
  '"step":9007199254740991',
  '"step":9007199254740992',
]
const OTHERS = [
  ...['"step":null', '"step":"5"', '"step":', '"stop":5', '"epoch":2', '"epoch":null', '"epoch":1e400', '"epoch":"a"'],
  ...[
    '"wall_time":1790000000.25',
    '"wall_time":null',
    '"wall_time":[1]',
    '"hp":{"lr":1}',
    '"metrics":{"x":9}',
    '"metrics":[]',
  ],
  ...['"metrics":null', '"metrics":5', '', ' ', '"step":6'],
]
const METRICS = [
  ...[
    '"metrics":{}',
    '"metrics":{ }',
    '"metrics":{"a":1}',
    '"metrics" :\t{ "a" : 1 , "b" :2 }',
    '"metrics":{"a":null,"b":-0.5e3}',
  ],
  ...[
    '"metrics":{"a":1e400}',
    '"metrics":{"a":true,"b":"text","c":{}}',
    '"metrics":{"a\\"b":1}',
    '"metrics":{"é":1,"":2}',
  ],
  ...[
    '"metrics":{"a":1,}',
    '"metrics":{,"a":1}',
    '"metrics":{"a" 1}',
    '"metrics":{"a":}',
    '"metrics":{a:1}',
    '"metrics":{"a":1 "b":2}',
  ],
  ...[
    '"metrics":{"a":1',
    '"metrics":{"a":nul}',
    '"metrics":{"a":01}',
    '"metrics":{"a":1}}',
    '"metrics":{"\u0001":1}',
    '"metrics":{"a":1,"b":2,"a":3}',
  ],
]

describe('a line', () => {
  test('gives the same record as parseJson, or none, regardless of order and spaces', () => {
    const scanner = new RecordScanner()
    const seen: (PlainRecord | undefined)[] = []
    const [head = ''] = HEADS
    const lists = [
      ...HEADS.flatMap((own) =>
        METRICS.flatMap((metrics) => [
          [own, metrics],
          [metrics, own],
        ]),
      ),
      ...OTHERS.flatMap((other) =>
        METRICS.slice(0, 4).flatMap((metrics) => [
          [head, other, metrics],
          [metrics, head, other],
          [other, metrics],
        ]),
      ),
    ]
    for (const parts of lists) {
      for (const line of [`{${parts.join(',')}}`, ` {\t${parts.join(' , ')}\r} `]) seen.push(expectLine(scanner, line))
    }
    const records = seen.filter((record) => record !== undefined)
    expect(records.length).toBeGreaterThan(seen.length / 10)
    expect(records.length).toBeLessThan(seen.length / 2)
  })

  test('that is cut off, or continues after its record, is not a record', () => {
    const scanner = new RecordScanner()
    const line = '{"step":7,"epoch":1,"wall_time":5.5,"metrics":{"loss":0.25,"val/acc":null}}'
    for (let end = 0; end <= line.length; end++) expectLine(scanner, line.slice(0, end))
    for (const rest of ['x', '}', ',', '{}', ' \t\r', ' 1']) expectLine(scanner, line + rest)
    expect(scanner.names).toEqual(['loss', 'val/acc'])
  })

  test('that is not a record leaves a reason, and nothing from it is in the next record', () => {
    const scanner = new RecordScanner()
    const scan = (line: string): boolean => scanner.scan(bytesOf(`${line}\n`), 0, line.length)
    expect(scan('{"step":1,"epoch":3,"wall_time":9,"metrics":{"a":1,"b":2}}')).toBe(true)
    expect(scan('{"step":1e300,"metrics":{"c":1}}')).toBe(false)
    expect(scanner.reason).toMatch(/`step` must be a number within 9007199254740991 of 0, got 1e\+300/)
    expect(scan('{"step":2,"metrics":{"b":3}}')).toBe(true)
    expect(recordOf(scanner)).toEqual({
      step: 2,
      epoch: Number.NaN,
      wallTime: Number.NaN,
      metrics: new Map([['b', 3]]),
    })
    expect(scan('[]')).toBe(false)
    expect(scanner.reason).not.toMatch(/1e\+300/)
  })
})

describe('names', () => {
  test('get ids in order of appearance, regardless of which reader found them first', () => {
    const scanner = new RecordScanner()
    expect(scanner.find('a')).toBeUndefined()
    expect([scanner.idOf('known "before"'), scanner.idOf('plain'), scanner.idOf('plain')]).toEqual([0, 1, 1])
    for (const metrics of [
      '{"plain":1,"a":2}',
      '{"known \\"before\\"":3}',
      '{"a":4,"plain":5}',
      '{"a":4,"b":6,"plain":5}',
    ]) {
      expectLine(scanner, `{"step":1,"metrics":${metrics}}`)
    }
    expect(scanner.names).toEqual(['known "before"', 'plain', 'a', 'b'])
    expect(['a', 'b', 'c'].map((name) => scanner.find(name))).toEqual([2, 3, undefined])
  })

  test('that begin alike, change their order, or come and go are not confused', () => {
    const scanner = new RecordScanner()
    for (let round = 0; round < 3; round++) {
      for (const names of ['a ab abc', 'abc a', 'ab', 'abc ab a', 'b a', 'a b c d e', 'e c a']) {
        const metrics = names.split(' ').map((name, at) => `"${name}":${at + round}`)
        expectLine(scanner, `{"step":${round},"metrics":{${metrics.join(',')}}}`)
      }
    }
  })

  test('are all kept with their values if a line has more than a hundred', () => {
    const scanner = new RecordScanner()
    for (const count of [63, 64, 65, 129, 300, 64]) {
      const metrics = Object.fromEntries(Array.from({ length: count }, (_, at) => [`m${at}`, at / 7]))
      expectLine(scanner, JSON.stringify({ step: count, metrics }))
      expect(scanner.count).toBe(count)
    }
    // The same through the parser for unusual lines.
    const wide = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`"${at}"`, at]))
    expectLine(scanner, JSON.stringify({ step: 1, metrics: wide }))
    expect(scanner.names).toHaveLength(600)
  })
})

/** Scans a line in the middle of other bytes, and compares the record with that of the parser. */
function expectLine(scanner: RecordScanner, line: string): PlainRecord | undefined {
  const bytes = bytesOf(`..${line}\n`)
  const record = scanner.scan(bytes, 2, bytes.length - 1) ? recordOf(scanner) : undefined
  expect({ line, record }).toEqual({ line, record: expectedRecord(line) })
  return record
}
