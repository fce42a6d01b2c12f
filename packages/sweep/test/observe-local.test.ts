import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { processStart } from '@hotcb/journal'
import { expect, onTestFinished, test } from 'vitest'
import type { OpenAttempt } from '../src/executor/executor.ts'
import { type BegunMark, readMarks } from '../src/node/marks.ts'
import { observeLocal } from '../src/node/observe-local.ts'
import { hostMark, workspacePaths } from '../src/node/paths.ts'

/** A workspace in which wrappers have started the first attempts of these trials. */
function begun(trials: readonly number[]) {
  const root = mkdtempSync(join(tmpdir(), 'observe-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const paths = workspacePaths(root)
  const folder = join(paths.marks, '0')
  mkdirSync(folder, { recursive: true })
  for (const i of trials) symlinkSync(`local:${hostMark()}:${1000 + i}:x:1:`, join(folder, `${i}-1`))
  const end = (i: number): void => symlinkSync('2', join(folder, `${i}-1.0=0`))
  return { paths, end, open: trials.map(openAttempt) }
}

function openAttempt(i: number): OpenAttempt {
  return { i, n: 1, sid: 's', task: i, job: '1', at: 1, seen: 'running', r: 0, facts: {} }
}

const trialOf = (mark: BegunMark): number => (mark.kind === 'local' ? mark.pid - 1000 : -1)

test('trials that end while they are being checked are completed, whatever the order of ends and checks', () => {
  const { paths, end, open } = begun([0, 1, 2])
  const ended = new Set<number>()
  const rows = observeLocal(paths, open, {
    marks: (attempts) => readMarks(paths.marks, attempts),
    // Each wrapper writes its last mark and exits immediately before it is checked.
    isRunning: (mark) => {
      if (!ended.has(trialOf(mark))) end(trialOf(mark))
      ended.add(trialOf(mark))
      return false
    },
  })
  expect(rows.map(([i, , , state]) => [i, state])).toEqual([
    [0, 'completed'],
    [1, 'completed'],
    [2, 'completed'],
  ])
})

test('a trial that was running when it was checked is not lost, even if it ends at that moment', () => {
  const { paths, end, open } = begun([0])
  let looks = 0
  const rows = observeLocal(paths, open, {
    marks: (attempts) => readMarks(paths.marks, attempts),
    isRunning: () => {
      if (looks === 0) end(0)
      return looks++ === 0
    },
  })
  expect(rows).toEqual([])
  expect(observeLocal(paths, open).map(([, , , state]) => state)).toEqual(['completed'])
})

test('a wrapper that disappeared without its last mark was killed', () => {
  const { paths, open } = begun([0])
  const sources = { marks: () => readMarks(paths.marks), isRunning: () => false }
  expect(observeLocal(paths, open, sources)).toEqual([[0, 1, 0, 'failed', { reason: 'killed', begun: 1 }]])
})

test('after the marks were removed, an attempt with the same number is identified by its own mark', () => {
  const { paths, open } = begun([0])
  const fresh = open.map((one) => ({ ...one, seen: null }))
  expect(observeLocal(paths, fresh)[0]?.[4]).toMatchObject({ job: '1000', begun: 1 })
  const mark = join(paths.marks, '0/0-1')
  rmSync(mark)
  symlinkSync(`local:${hostMark()}:${process.pid}:${processStart()}:5:`, mark)
  const [row] = observeLocal(paths, fresh)
  expect(row?.[3]).toBe('running')
  expect(row?.[4]).toMatchObject({ job: String(process.pid), begun: 5 })
  expect(observeLocal(paths, open)).toEqual([])
})
