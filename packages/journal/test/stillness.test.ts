import type { BigIntStats } from 'node:fs'
import { expect, test } from 'vitest'
import { createStillness, tickMs } from '../src/stillness.ts'

const MS = 1_700_000_000_004
const COARSE = 1_700_000_000_000

function file(
  change: { readonly serial?: number; readonly size?: bigint; readonly ms?: number; readonly ctimeNs?: bigint } = {},
) {
  const { serial = 1, size = 5n, ms = MS, ctimeNs = BigInt(ms) * 1_000_000n } = change
  const mtimeNs = BigInt(ms) * 1_000_000n
  return { serial, stats: { size, mtimeNs, ctimeNs, ctimeMs: BigInt(ms) } as BigIntStats }
}

test('a file system that stamps whole seconds has ticks of two seconds', () => {
  expect([tickMs(MS), tickMs(COARSE)]).toEqual([25, 2000])
})

test.each([
  [MS, 25],
  [COARSE, 2000],
])('a file whose last change was at %i counts as still only if it was read %i ms later', (ms, tick) => {
  let now = 1000
  const isStill = createStillness(() => now)
  expect(isStill(file({ ms }))).toBe(false)
  now += tick - 1
  expect([isStill(file({ ms })), isStill(file({ ms }))]).toEqual([false, false])
  now += 1
  expect([isStill(file({ ms })), isStill(file({ ms })), isStill(file({ ms }))]).toEqual([false, true, true])
})

test.each([
  ['another file has its name', { serial: 2 }],
  ['its size changes', { size: 6n }],
  ['it is written', { ms: MS + 1 }],
  ['only its change time differs', { ctimeNs: 1n }],
])('a file is no longer still when %s', (_, change) => {
  let now = 0
  const isStill = createStillness(() => now)
  isStill(file())
  now = 100
  expect([isStill(file()), isStill(file())]).toEqual([false, true])
  expect([isStill(file(change)), isStill(file(change))]).toEqual([false, false])
  now = 200
  expect([isStill(file(change)), isStill(file(change))]).toEqual([false, true])
})
