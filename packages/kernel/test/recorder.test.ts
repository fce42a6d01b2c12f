import type { LedgerLine } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { askFor } from '../src/ask.ts'
import { createRecorder, NOWHERE, type Recorder } from '../src/recorder.ts'
import { type MemoryRun, memoryRun } from './memory-run.ts'

const askOf = (id: string, module = 'opt') => askFor({ module, op: 'set_params', id, params: null }, 'live', 'cli')

function recorderOn(run: MemoryRun): {
  readonly recorder: Recorder
  readonly said: string[]
  readonly heard: LedgerLine[]
  /** The texts that were written, in pieces. */
  readonly writes: (readonly number[])[]
} {
  const said: string[] = []
  const heard: LedgerLine[] = []
  const writes: (readonly number[])[] = []
  const ledger = {
    ...run.ledger,
    append(text: string, seqs: readonly number[]) {
      writes.push(seqs)
      return run.ledger.append(text, seqs)
    },
  }
  const recorder = createRecorder(
    ledger,
    run.clock,
    7,
    {},
    (message) => said.push(message),
    (line) => heard.push(line),
  )
  return { recorder, said, heard, writes }
}

test('lines are numbered from the last ledger line, and are written in one write', () => {
  const run = memoryRun()
  const { recorder, heard, writes } = recorderOn(run)
  expect([recorder.seq, recorder.attempt, recorder.step, recorder.place]).toEqual([7, 0, 0, NOWHERE])
  const first = recorder.record(askOf('a'), { decision: 'applied' })
  recorder.record(askOf('b'), { decision: 'failed', error: 'no' })
  expect([first.seq, recorder.seq, run.lines().length]).toEqual([8, 9, 0])
  expect(recorder.flush()).toBe(true)
  expect(run.lines().map(({ seq, id, decision, error }) => [seq, id, decision, error])).toEqual([
    [8, 'a', 'applied', null],
    [9, 'b', 'failed', 'no'],
  ])
  expect(heard.map(({ seq }) => seq)).toEqual([8, 9])
  expect(recorder.flush()).toBe(true)
  recorder.record(askOf('c'), { decision: 'applied' })
  recorder.flush()
  expect(writes).toEqual([[8, 9], [10]])
})

test('a line has the place, the attempt and the time of the last clock reading', () => {
  const run = memoryRun()
  const { recorder } = recorderOn(run)
  recorder.attempt = 3
  run.world.wallTime = 2000
  const before = recorder.record(askOf('a'), { decision: 'applied' })
  recorder.tell()
  recorder.place = { ...NOWHERE, step: 4, call: 1, event: 'x' }
  const after = recorder.record(askOf('b'), { decision: 'applied' })
  expect(
    [before, after].map(({ attempt, step, call, event, wall_time }) => [attempt, step, call, event, wall_time]),
  ).toEqual([
    [3, null, null, null, 1000],
    [3, 4, 1, 'x', 2000],
  ])
  expect(recorder.step).toBe(4)
  recorder.place = NOWHERE
  recorder.record(askOf('c'), { decision: 'applied' })
  expect(recorder.step).toBe(4)
})

test('the last line of each module and id is kept', () => {
  const { recorder } = recorderOn(memoryRun())
  for (const [id, module] of [
    ['a', 'opt'],
    ['b', 'opt'],
    ['a', 'opt'],
    ['a', 'loss'],
    ['b', 'loss'],
    ['b', 'loss'],
  ]) {
    recorder.record(askOf(id ?? '', module), { decision: 'applied' })
  }
  const last = Object.entries(recorder.last).map(([handle, { seq }]) => [handle, seq])
  expect(last).toEqual([
    ['opt:a', 10],
    ['opt:b', 9],
    ['loss:a', 11],
    ['loss:b', 13],
  ])
})

test('many lines reach the ledger before the end of the safe point, in pieces of about 32 KiB', () => {
  const run = memoryRun()
  const { recorder, writes } = recorderOn(run)
  const { length } = run.lines()
  expect(length).toBe(0)
  for (let i = 0; i < 400; i++) recorder.record(askOf(`${i}`), { decision: 'applied' })
  expect(writes.length).toBeGreaterThan(2)
  recorder.flush()
  const lengths = writes.map((seqs) =>
    run
      .lines()
      .filter(({ seq }) => seqs.includes(seq))
      .reduce((sum, line) => sum + JSON.stringify(line).length, 0),
  )
  for (const length of lengths.slice(0, -1)) expect(Math.abs(length - 32 * 1024)).toBeLessThan(4 * 1024)
  expect(run.lines().map(({ seq }) => seq)).toEqual(Array.from({ length: 400 }, (_, i) => 8 + i))
})

test('a full disk is reported once with its reason, and once when the ledger can be written again', () => {
  const run = memoryRun()
  const { recorder, said } = recorderOn(run)
  run.world.isFull = true
  recorder.record(askOf('a'), { decision: 'applied' })
  for (let i = 0; i < 3; i++) expect(recorder.flush()).toBe(false)
  expect([recorder.isDegraded, recorder.failure]).toEqual([true, 'no space left on device'])
  expect(said).toEqual(['degraded: no more changes are accepted: no space left on device'])
  run.world.isFull = false
  expect(recorder.flush()).toBe(true)
  expect([recorder.isDegraded, recorder.failure]).toEqual([false, null])
  expect(recorder.flush()).toBe(true)
  expect(said.slice(1)).toEqual(['the ledger can be written again: changes are accepted'])
  expect(run.lines().map(({ seq }) => seq)).toEqual([8])
})

test('a ledger that is lost degrades the kernel even while there is nothing to write', () => {
  const run = memoryRun()
  const lost = { code: 'LOST', message: 'it was replaced' }
  let isLost = false
  const ledger = {
    ...run.ledger,
    get lost() {
      return isLost ? 'replaced' : null
    },
    flush: () => (isLost ? lost : null),
  }
  const recorder = createRecorder(ledger, run.clock, 0, {})
  expect(recorder.flush()).toBe(true)
  isLost = true
  expect([recorder.flush(), recorder.failure]).toEqual([false, 'it was replaced'])
})

test('discarded lines never reach the ledger', () => {
  const run = memoryRun()
  const { recorder, writes } = recorderOn(run)
  recorder.record(askOf('a'), { decision: 'applied' })
  recorder.discard()
  expect(recorder.flush()).toBe(true)
  recorder.record(askOf('b'), { decision: 'applied' })
  recorder.flush()
  expect(run.lines().map(({ id }) => id)).toEqual(['b'])
  expect(writes).toEqual([[9]])
})
