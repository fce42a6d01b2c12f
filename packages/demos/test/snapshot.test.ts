import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeSnapshot, encodeSnapshot } from '../src/digits/snapshot.ts'
import { DemoError } from '../src/errors.ts'

const SHAPE = { optimizer: 'adam', layers: [64, 4, 10] }

test('every bit is restored, also for unusual numbers', () => {
  const parts = [Float32Array.of(-0, Number.NaN, 1e-45, Infinity, 0.1), Float64Array.of(0.1, 5e-324)]
  const back = [new Float32Array(5), new Float64Array(2)]
  decodeSnapshot(encodeSnapshot(SHAPE, parts), SHAPE, back)
  expect(back).toEqual(parts)
  expect(Object.is(back[0]?.[0], -0)).toBe(true)
})

test('bytes at an unaligned offset in a larger buffer can be read too', () => {
  const bytes = encodeSnapshot(SHAPE, [Float64Array.of(7)])
  const larger = new Uint8Array(bytes.length + 3)
  larger.set(bytes, 3)
  const back = new Float64Array(1)
  decodeSnapshot(larger.subarray(3), SHAPE, [back])
  expect([...back]).toEqual([7])
})

test.each([
  ['nothing', new Uint8Array(), 'these bytes are not a snapshot of the digits trainer'],
  [
    'a picture',
    Uint8Array.from({ length: 500 }, (_, at) => at),
    'these bytes are not a snapshot of the digits trainer',
  ],
])('%s is refused', (_, bytes, message) => {
  expect(() => decodeSnapshot(bytes, SHAPE, [])).toThrow(new DemoError('bad-snapshot', message))
})

test('a snapshot with another optimizer or other layers is refused with a message that names both', () => {
  const bytes = encodeSnapshot({ optimizer: 'sgd', layers: [64, 10] }, [])
  expect(() => decodeSnapshot(bytes, SHAPE, [])).toThrow(
    'the snapshot is of {"optimizer":"sgd","layers":[64,10]}, this trainer is {"optimizer":"adam","layers":[64,4,10]}',
  )
})

test('a newer version is refused with its number', () => {
  const bytes = encodeSnapshot(SHAPE, [])
  bytes['hotcb-digits-snapshot\n'.length] = 2
  expect(() => decodeSnapshot(bytes, SHAPE, [])).toThrow('the snapshot has version 2, this trainer reads version 1')
})

test('if any byte is changed or the end is cut off anywhere, nothing is restored', () => {
  const bytes = encodeSnapshot(SHAPE, [Float32Array.of(1, 2, 3)])
  const refused = (damaged: Uint8Array): void => {
    const back = new Float32Array(3)
    expect(() => decodeSnapshot(damaged, SHAPE, [back])).toThrow(DemoError)
    expect([...back]).toEqual([0, 0, 0])
  }
  for (let length = 0; length < bytes.length; length++) refused(bytes.slice(0, length))
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      refused(bytes.map((byte, index) => (index === at ? byte ^ change : byte)))
    }),
  )
})

const MAGIC_BYTES = 'hotcb-digits-snapshot\n'.length

/** The header of a snapshot. */
function headerOf(bytes: Uint8Array): unknown {
  const buffer = Buffer.from(bytes)
  const start = MAGIC_BYTES + 8
  return JSON.parse(buffer.toString('utf8', start, start + buffer.readUInt32LE(MAGIC_BYTES + 4)))
}

test('the used data is restored, and is left out of the header if it is empty', () => {
  const data = { skipped: [[2, 4] as const], samples: { old: 5 } }
  expect(headerOf(encodeSnapshot(SHAPE, []))).toEqual(SHAPE)
  expect(headerOf(encodeSnapshot(SHAPE, [], { skipped: [], samples: {} }))).toEqual(SHAPE)
  expect(headerOf(encodeSnapshot(SHAPE, [], { ...data, skipped: [] }))).toEqual({ ...SHAPE, samples: { old: 5 } })
  expect(headerOf(encodeSnapshot(SHAPE, [], { ...data, samples: {} }))).toEqual({ ...SHAPE, skipped: [[2, 4]] })
  expect(decodeSnapshot(encodeSnapshot(SHAPE, [], data), SHAPE, [])).toEqual(data)
  expect(decodeSnapshot(encodeSnapshot(SHAPE, []), SHAPE, [])).toEqual({ skipped: [], samples: {} })
})

test('a snapshot with more or fewer weights is refused with both numbers', () => {
  const bytes = encodeSnapshot(SHAPE, [Float32Array.of(1, 2, 3)])
  for (const length of [2, 4]) {
    expect(() => decodeSnapshot(bytes, SHAPE, [new Float32Array(length)])).toThrow(
      new DemoError('bad-snapshot', `the snapshot contains 12 bytes of weights, expected ${4 * length}`),
    )
  }
})

test('a snapshot that was truncated or changed is refused as damaged', () => {
  const bytes = encodeSnapshot(SHAPE, [Float32Array.of(1, 2, 3)])
  const damaged = new DemoError('bad-snapshot', 'the snapshot is damaged: its SHA-256 does not match')
  expect(() => decodeSnapshot(bytes.slice(0, -1), SHAPE, [])).toThrow(damaged)
  expect(() => decodeSnapshot(bytes.slice(0, MAGIC_BYTES + 8), SHAPE, [])).toThrow(damaged)
  const foreign = new DemoError('bad-snapshot', 'these bytes are not a snapshot of the digits trainer')
  expect(() => decodeSnapshot(bytes.slice(0, MAGIC_BYTES + 7), SHAPE, [])).toThrow(foreign)
})
