import { expect, test } from 'vitest'
import { metricsRecord, PAGE, type RingRecord, readRing, recordBytes, skipRecord, textRecord } from '../src/index.ts'
import { createMemoryPage } from '../src/testing.ts'

function readAll(bytes: Uint8Array): RingRecord[] {
  return [...readRing(0, bytes.length, (offset, length) => bytes.slice(offset, offset + length))]
}

test('a metrics record is restored bit for bit, including NaN and infinities', () => {
  const record = { step: 2 ** 40 + 1, epoch: null, wallTime: 1.25, values: [0.1, Number.NaN, -Infinity, -0] }
  const bytes = metricsRecord(7, record)
  expect(bytes.length).toBe(recordBytes(32))
  expect(readAll(bytes)).toEqual([{ kind: 'metrics', shape: 7, ...record }])
})

test('names and feature lines may contain any characters, and are padded to eight bytes', () => {
  const bytes = Buffer.concat([textRecord('names', 3, ['loss', 'größe']), textRecord('feature', 0, { a: ' ' })])
  expect(bytes.length % 8).toBe(0)
  expect(readAll(bytes)).toEqual([
    { kind: 'names', shape: 3, text: '["loss","größe"]' },
    { kind: 'feature', text: '{"a":" "}' },
  ])
})

test('a record that does not fit before the end of the ring begins at its start', () => {
  const page = createMemoryPage()
  const record = { step: 1, epoch: 0.5, wallTime: 2, metrics: { loss: 3 } }
  let read = 0
  let count = 0
  const wrong: number[] = []
  for (; read < PAGE.ringBytes * 2.5; count++) {
    page.putMetrics({ ...record, metrics: count % 3 === 0 ? { loss: 3 } : { loss: 3, acc: 4 } })
    const found = [...readRing(read, page.head(), page.read)].filter(({ kind }) => kind === 'metrics')
    if (found.length !== 1) wrong.push(count)
    read = page.head()
    page.setDrained(read)
  }
  expect(wrong).toEqual([])
})

test('malformed records are refused with their position', () => {
  expect(() => readAll(new Uint8Array(16))).toThrow('the ring has a record of 0 bytes at 0')
  expect(() => readAll(skipRecord(64))).toThrow('the ring has a record of 64 bytes at 0')
})
