import type { JsonObject } from '@hotcb/protocol'
import type { HistoryEntry } from '@hotcb/recipe'
import { expect, test } from 'vitest'
import { isAfterSnapshot, type KernelSnapshot, readSnapshot } from '../src/snapshot.ts'

const AT = { step: 5, call: 1, after: true, end: false }
const KERNEL = { seq: 9, at: AT, token: 't', submitted: [{ module: 'opt' }] }

test('a snapshot has the states of the modules and of the kernel', () => {
  expect(readSnapshot({ modules: { cb: { a: 1 } }, kernel: KERNEL })).toEqual({
    modules: { cb: { a: 1 } },
    kernel: KERNEL,
  })
  expect(readSnapshot(null)).toBe(null)
  expect(readSnapshot([] as unknown as JsonObject)).toEqual(null)
})

test('a snapshot of an older kernel has the states of the modules by name', () => {
  const older: readonly (readonly [JsonObject, JsonObject])[] = [
    [{ cb: { a: 1 } }, { cb: { a: 1 } }],
    [
      { cb: 1, modules: 3 },
      { cb: 1, modules: 3 },
    ],
    [{ modules: { cb: 1 } }, { cb: 1 }],
    [{ modules: { cb: 1 }, kernel: null }, { cb: 1 }],
    // A module may have the name of either part.
    [
      { modules: { cb: 1 }, kernel: 7, cb: 2 },
      { modules: { cb: 1 }, cb: 2 },
    ],
    [{}, {}],
  ]
  for (const [given, modules] of older) expect(readSnapshot(given)).toEqual({ modules, kernel: null })
  expect(readSnapshot({ cb: 1, kernel: KERNEL })).toEqual({ modules: { cb: 1 }, kernel: KERNEL })
})

test('a kernel state that is not complete counts as absent', () => {
  for (const wrong of [
    { seq: '9' },
    { seq: 0.5 },
    { token: 7 },
    { at: null },
    { at: { ...AT, step: 1.5 } },
    { at: { ...AT, call: '1' } },
    { at: { step: 5 } },
  ]) {
    const { modules, kernel } = readSnapshot({ modules: {}, kernel: { ...KERNEL, ...wrong } as JsonObject }) ?? {}
    expect([wrong, modules, kernel]).toEqual([wrong, {}, null])
  }
})

test('flags of the place that are not true are false, and requests that are not objects are left out', () => {
  const at = { step: 5, call: 1, after: 'yes', end: 1 }
  const read = readSnapshot({ modules: {}, kernel: { ...KERNEL, at, submitted: [null, 3, { a: 1 }] } })
  expect(read?.kernel).toEqual({ ...KERNEL, at: { step: 5, call: 1, after: false, end: false }, submitted: [{ a: 1 }] })
  expect(readSnapshot({ modules: {}, kernel: { ...KERNEL, submitted: 'x' } })?.kernel?.submitted).toEqual([])
  expect(readSnapshot({ modules: {}, kernel: { ...KERNEL, at: { ...AT, end: true } } })?.kernel?.at.end).toBe(true)
})

test('a change is after a snapshot if its line is, or its place', () => {
  const entry = (seq: number, place: object): HistoryEntry =>
    ({ step: 5, call: 1, after: true, end: false, ...place, seq }) as HistoryEntry
  const snapshot: KernelSnapshot = { ...KERNEL, submitted: [] }
  expect(isAfterSnapshot(entry(9, {}), snapshot)).toBe(false)
  expect(isAfterSnapshot(entry(10, {}), snapshot)).toBe(true)
  expect(isAfterSnapshot(entry(10, { step: 1 }), snapshot)).toBe(true)
  expect(isAfterSnapshot(entry(3, { step: 6, call: 0, after: false }), snapshot)).toBe(true)
  expect(isAfterSnapshot(entry(3, { call: 2, after: false }), snapshot)).toBe(true)
  expect(isAfterSnapshot(entry(3, { call: 0 }), snapshot)).toBe(false)
})
