import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fileClockMs, fileClockMsAsync, openRun } from '../src/node.ts'
import { temporaryDirectory } from './directory.ts'

function scratchOf(dir: string): readonly string[] {
  return readdirSync(dir).filter((name) => name.startsWith('.'))
}

test('without write permission, enough time without a change also gives a verdict', () => {
  const dir = temporaryDirectory()
  const kernel = { name: 'k', version: '1', pid: 1, host: 'other', attempt: 1, start: null }
  writeFileSync(join(dir, 'hotcb.state.json'), JSON.stringify({ protocol: 1, kernel }))
  let nowMs = 0
  const run = openRun(dir, { life: { fileClockMs: () => null, nowMs: () => nowMs } })
  expect(run.life().verdict).toBe('unknown')
  nowMs = 5000
  expect(run.life()).toMatchObject({ verdict: 'dead', by: 'change', ageSeconds: 5 })
})

test("the file clock is the file system's clock; without write permission there is none", async () => {
  const dir = temporaryDirectory()
  const [before, after] = [fileClockMs(dir) ?? 0, (await fileClockMsAsync(dir)) ?? 0]
  expect(after).toBeGreaterThanOrEqual(before)
  expect(before).toBeGreaterThan(0)
  expect(scratchOf(dir)).toEqual([])
  const none = join(dir, 'none')
  expect([fileClockMs(none), await fileClockMsAsync(none)]).toEqual([null, null])
})

test('with an incomplete state document the verdict is unknown, with one line that names the file', () => {
  const dir = temporaryDirectory()
  const path = join(dir, 'hotcb.state.json')
  writeFileSync(path, '{"protocol":1,')
  const life = openRun(dir).life()
  expect(life).toMatchObject({ verdict: 'unknown', by: 'unreadable' })
  expect(life.trouble).toMatch(/^`.*hotcb\.state\.json` is not JSON: /)
})
