import { type BigIntStats, mkdtempSync, rmSync, type Stats, writeFileSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openTailAsync, watchDocument } from '../src/index.ts'

let stamp = 1_700_000_000_004
let toldSize: number | undefined

// A kernel whose file clock does not advance, as is normal for a few milliseconds (in newer kernels only until the next
// stat).
vi.mock('node:fs', async (importOriginal) => {
  const real = await importOriginal<typeof import('node:fs')>()
  const fstatSync = (fd: number, options?: { bigint: boolean }) =>
    options?.bigint === true
      ? real.fstatSync(fd, { bigint: true })
      : Object.assign<Stats, Partial<Stats>>(real.fstatSync(fd), toldStats())
  return { ...real, fstatSync }
})

let reads = 0

vi.mock('node:fs/promises', async (importOriginal) => {
  const real = await importOriginal<typeof import('node:fs/promises')>()
  const open = async (path: string, flags: string | number): Promise<FileHandle> => {
    const handle = await real.open(path, flags)
    const stat = async () => Object.assign<BigIntStats, object>(await real.stat(path, { bigint: true }), toldTimes())
    const read = (...asked: Parameters<FileHandle['read']>) => {
      reads++
      return prototypeOf(handle).read.apply(handle, asked)
    }
    return Object.assign(handle, { stat, read })
  }
  return { ...real, open }
})

function prototypeOf(handle: FileHandle): FileHandle {
  return Object.getPrototypeOf(handle)
}

function toldTimes(): object {
  return { mtimeNs: BigInt(stamp) * 1_000_000n, ctimeNs: BigInt(stamp) * 1_000_000n, ctimeMs: BigInt(stamp) }
}

function toldStats(): Partial<Stats> {
  const times = { mtimeMs: stamp, ctimeMs: stamp }
  return toldSize === undefined ? times : { ...times, size: toldSize }
}

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'journal-tick-'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

test.each([
  ['of milliseconds', 1_700_000_000_004, 25],
  ['of whole seconds', 1_700_000_000_000, 2000],
])('a rewrite of the same size within one tick %s is detected when the tick is over', (_, time, tick) => {
  stamp = time
  let now = 5
  const path = join(directory, 'freeze.json')
  writeFileSync(path, '{"mode":"prod"}')
  const watch = watchDocument(path, { now: () => now })
  expect(watch.read()).toBe('{"mode":"prod"}')
  writeFileSync(path, '{"mode":"off" }')
  now += tick - 1
  expect(watch.changed()).toBe(false)
  now += 1
  expect([watch.changed(), watch.changed(), watch.read(), watch.changed()]).toEqual([
    true,
    true,
    '{"mode":"off" }',
    false,
  ])
  now += tick
  expect(watch.changed()).toBe(false)
  watch.close()
})

test.each([
  ['of milliseconds', 1_700_000_000_004, 25],
  ['of whole seconds', 1_700_000_000_000, 2000],
])('a followed file is not read while its times are unchanged, once a tick %s is over', async (_, time, tick) => {
  stamp = time
  let now = 5
  const path = join(directory, 'followed.jsonl')
  writeFileSync(path, 'one\n')
  const tail = openTailAsync(path, { now: () => now })
  const texts = async () => (await tail.read()).lines.map(({ text }) => text)
  expect(await texts()).toEqual(['one'])
  writeFileSync(path, 'two\n')
  now += tick
  expect(await texts()).toEqual(['two'])
  reads = 0
  expect([await texts(), await texts(), reads]).toEqual([[], [], 0])
  stamp++
  writeFileSync(path, 'six\n')
  expect(await texts()).toEqual(['six'])
  writeFileSync(path, 'six\nten\n')
  expect(await texts()).toEqual(['ten'])
  await tail.close()
})

test('a document that grows between stat and read is read to its end', () => {
  const path = join(directory, 'grown.json')
  const text = 'é'.repeat(5000)
  writeFileSync(path, text)
  const watch = watchDocument(path)
  toldSize = 3
  expect(watch.read()).toBe(text)
  toldSize = undefined
  watch.close()
})
