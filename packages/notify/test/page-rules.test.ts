import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runFiles } from '@hotcb/protocol'
import { expect, onTestFinished, test, vi } from 'vitest'
import { watchPageRules } from '../src/node/page-rules-file.ts'
import { temporaryDirectory } from './directory.ts'

test('the rules of the page are read again at most every two seconds, and are kept if the file cannot be read', () => {
  vi.useFakeTimers({ toFake: ['hrtime'] })
  onTestFinished(() => void vi.useRealTimers())
  const dir = temporaryDirectory()
  const path = join(dir, runFiles.alerts)
  const write = (rules: object): void => writeFileSync(path, JSON.stringify({ rules }))
  const watched = watchPageRules(dir)
  const ids = () => watched.rules().map(({ id }) => id)
  expect([ids(), watched.look(), watched.troubles()]).toEqual([[], false, []])
  write({ a: { on: 'nan' } })
  vi.advanceTimersByTime(1999)
  expect([watched.look(), ids()]).toEqual([false, []])
  vi.advanceTimersByTime(1)
  expect([watched.look(), ids()]).toEqual([true, ['a']])
  // The same text means that the rules have not changed.
  write({ a: { on: 'nan' } })
  vi.advanceTimersByTime(2000)
  expect(watched.look()).toBe(false)
  write({ b: { on: 'nan' }, c: { on: 'nam' } })
  expect(watched.look()).toBe(false)
  vi.advanceTimersByTime(2000)
  expect([watched.look(), ids()]).toEqual([true, ['b']])
  expect(watched.troubles()).toEqual([expect.stringMatching(new RegExp(`^\`${path}\`: rule "c": `))])
  rmSync(path)
  mkdirSync(path)
  vi.advanceTimersByTime(2000)
  expect([watched.look(), ids(), watched.troubles().length]).toEqual([false, ['b'], 1])
  rmSync(path, { recursive: true })
  vi.advanceTimersByTime(2000)
  expect([watched.look(), ids(), watched.troubles()]).toEqual([true, [], []])
})
