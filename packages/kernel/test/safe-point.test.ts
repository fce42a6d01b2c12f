import { expect, test } from 'vitest'
import { createKernel } from '../src/index.ts'
import { openKernel } from '../src/node.ts'
import { memoryRun } from './memory-run.ts'
import { command, ledger, runDir, toyTrainer } from './run-dir.ts'

const momentum = (value: number): object => ({ module: 'opt', op: 'set_params', params: { momentum: value } })

test('a held command whose event never comes is applied at the next step, noted `late` in addition to its own note', () => {
  const run = memoryRun()
  const kernel = createKernel({ ...run, state: toyTrainer().state })
  run.command({ cid: 'a', ...momentum(0.5), at: { step: 1, event: 'val_end' }, note: 'why' })
  for (let step = 0; step < 4; step++) kernel.apply({ step }, ['train_step_end'])
  expect(run.lines().at(-1)).toMatchObject({ cid: 'a', step: 2, call: 0, decision: 'applied', notes: 'why; late' })
})

test('a line has the event for which its entry was due, not the first of its safe point, even when re-applied', () => {
  const dir = runDir()
  const events = ['train_step_end', 'val_end']
  const first = openKernel(dir, { state: toyTrainer().state, lookMs: 0 })
  command(dir, { cid: 'a', ...momentum(0.5), at: { step: 1, event: 'val_end' } })
  for (let step = 0; step < 3; step++) first.apply({ step }, events)
  first.close()
  const second = openKernel(dir, { state: toyTrainer().state, lookMs: 0 })
  second.continueFrom({ step: 0 })
  for (let step = 0; step < 3; step++) second.apply({ step }, events)
  second.close()
  const told = ledger(dir).filter((line) => line.module === 'opt')
  expect(told.map((line) => [line.source, line.step, line.event])).toEqual([
    ['external', 1, 'val_end'],
    ['history', 1, 'val_end'],
  ])
})

test('a history change whose step the loop skips is applied at the next one, noted `late`', () => {
  const dir = runDir()
  const first = openKernel(dir, { state: toyTrainer().state, lookMs: 0 })
  command(dir, { cid: 'a', ...momentum(0.5), at: { step: 5 } })
  for (let step = 0; step < 7; step++) first.apply({ step })
  first.close()
  const second = openKernel(dir, { state: toyTrainer().state, lookMs: 0 })
  second.continueFrom({ step: 4 })
  for (const step of [4, 6]) second.apply({ step })
  second.close()
  expect(ledger(dir).at(-1)).toMatchObject({ source: 'history', of: 2, step: 6, notes: 'late', decision: 'applied' })
})

test('a disk that becomes full during a long backlog stops it there: only commands with unwritten lines were taken', () => {
  const run = memoryRun()
  const { optimizer, state } = toyTrainer()
  const kernel = createKernel({ ...run, state })
  for (let i = 1; i <= 900; i++) run.command({ cid: `c${i}`, ...momentum(i / 1000) })
  run.world.isFull = true
  expect(kernel.apply({ step: 0 })).toMatchObject({ degraded: true })
  const taken = Math.round((optimizer.paramGroups[0]?.momentum ?? 0) * 1000)
  expect(taken).toBeLessThan(200)
  expect(kernel.apply({ step: 1 })).toMatchObject({ degraded: true })
  expect(optimizer.paramGroups[0]?.momentum).toBe(taken / 1000)
  run.world.isFull = false
  expect(kernel.apply({ step: 2 })).toMatchObject({ degraded: false })
  expect(run.decisions()).toEqual(Array.from({ length: 900 }, (_, i) => [`c${i + 1}`, 'applied']))
  expect(run.lines().filter((line) => line.step === 0 && line.op !== 'attempt').length).toBe(taken)
})

test('a pause is in the ledger and in the state document before it begins, and changes during it immediately', () => {
  const run = memoryRun()
  const kernel = createKernel({ ...run, state: toyTrainer().state })
  const seen: unknown[] = []
  const see = (): unknown => seen.push([run.decisions(), run.written.state?.paused])
  run.command({ cid: 'p', module: 'core', op: 'pause' })
  run.waits.push(
    () => {
      see()
      run.command({ cid: 'a', ...momentum(0.5) })
    },
    () => {
      see()
      run.command({ cid: 'r', module: 'core', op: 'resume' })
    },
  )
  expect(kernel.apply({ step: 0 }).paused).toBe(false)
  expect(seen).toEqual([
    [[['p', 'applied']], true],
    [
      [
        ['p', 'applied'],
        ['a', 'applied'],
      ],
      true,
    ],
  ])
})

test('during a pause with a full disk no commands are accepted; all are accepted when there is space again', () => {
  const run = memoryRun()
  const { optimizer, state } = toyTrainer()
  const kernel = createKernel({ ...run, state })
  const seen: unknown[] = []
  run.command({ cid: 'p', module: 'core', op: 'pause' })
  run.waits.push(
    () => {
      run.world.isFull = true
      run.command({ cid: 'a', ...momentum(0.5) })
    },
    () => run.command({ cid: 'b', ...momentum(0.6) }),
    () => {
      seen.push(optimizer.paramGroups[0]?.momentum)
      run.world.isFull = false
    },
    () => {
      seen.push(optimizer.paramGroups[0]?.momentum)
      run.command({ cid: 'r', module: 'core', op: 'resume' })
    },
  )
  kernel.apply({ step: 0 })
  expect(seen).toEqual([0.5, 0.6])
  expect(run.decisions().map(([cid]) => cid)).toEqual(['p', 'a', 'b', 'r'])
})

test('requests from the trainer during a pause are executed before it ends', () => {
  const run = memoryRun()
  const saved: string[] = []
  const kernel = createKernel({ ...run, checkpoints: { save: ({ tag }) => void saved.push(tag) } })
  const seen: unknown[] = []
  run.command({ cid: 'p', module: 'core', op: 'pause' })
  run.waits.push(
    () => kernel.submit({ module: 'core', op: 'checkpoint', params: { tag: 'now' } }),
    () => {
      seen.push([...saved])
      run.command({ cid: 'r', module: 'core', op: 'resume' })
    },
  )
  kernel.apply({ step: 0 })
  expect(seen).toEqual([['now']])
})
