import { expect, test } from 'vitest'
import { openKernel } from '../src/node.ts'
import { answers, command, runDir, toyTrainer } from './run-dir.ts'

const set = (cid: string, momentum: number): object => ({ cid, module: 'opt', op: 'set_params', params: { momentum } })
const cancel = (cid: string, of: string): object => ({ cid, module: 'core', op: 'cancel', params: { cid: of } })
const decisions = (dir: string): unknown =>
  answers(dir).map((line) => [line.cid, line.decision, line.error ?? line.notes])

test('a cancel that arrives before its command closes that command, even for a later process', () => {
  const dir = runDir()
  const first = openKernel(dir, { state: toyTrainer().state, lookMs: 0 })
  command(dir, cancel('c', 'late'))
  first.apply({ step: 0 })
  first.close()
  const { optimizer, state } = toyTrainer()
  const second = openKernel(dir, { state, lookMs: 0 })
  command(dir, set('late', 0.5))
  command(dir, set('other', 0.25))
  second.continueFrom({ step: 1 })
  second.apply({ step: 1 })
  second.close()
  expect(optimizer.paramGroups[0]?.momentum).toBe(0.25)
  expect(decisions(dir)).toEqual([
    ['c', 'applied', 'no command with this `cid` has arrived: if one arrives, it is skipped'],
    ['late', 'skipped_noop', 'this `cid` is already answered'],
    ['other', 'applied', null],
  ])
})

test('a cancel ends a held command, and an answered command cannot be cancelled', () => {
  const dir = runDir()
  const kernel = openKernel(dir, { state: toyTrainer().state, lookMs: 0 })
  command(dir, { ...set('held', 0.5), at: { step: 9 } })
  command(dir, cancel('c', 'held'))
  command(dir, cancel('d', 'held'))
  kernel.apply({ step: 0 })
  kernel.close()
  expect(decisions(dir)).toEqual([
    ['held', 'expired', 'cancelled'],
    ['c', 'applied', null],
    ['d', 'failed', 'no held command has cid "held": it is already answered'],
  ])
})

const cancelQueued = (cid: string, of: string): object => ({
  cid,
  module: 'core',
  op: 'cancel',
  params: { cid: of, queued: true },
})

test('a cancel of a queued command also ends a command that is earlier in the file and has not been taken yet', () => {
  const dir = runDir()
  command(dir, set('first', 0.5))
  for (let i = 0; i < 2000; i++) command(dir, set(`more-${i}`, 0.25))
  command(dir, cancelQueued('c', 'first'))
  command(dir, cancelQueued('d', 'first'))
  const { optimizer, state } = toyTrainer()
  const kernel = openKernel(dir, { state, lookMs: 0 })
  kernel.continueFrom({ step: 0 })
  for (let step = 0; step < 500 && answers(dir).length < 2003; step++) kernel.apply({ step })
  kernel.close()
  expect(optimizer.paramGroups[0]?.momentum).toBe(0.25)
  const lines = answers(dir)
  expect(lines[0]).toMatchObject({ cid: 'first', decision: 'expired', error: 'cancelled' })
  expect(lines.slice(-2)).toMatchObject([
    { cid: 'c', decision: 'applied', payload: { cid: 'first' } },
    { cid: 'd', decision: 'failed' },
  ])
  const again = openKernel(dir, { state: toyTrainer().state, lookMs: 0 })
  again.continueFrom({ step: 1 })
  again.apply({ step: 1 })
  again.close()
  expect(answers(dir).filter((line) => line.cid === 'first')).toHaveLength(1)
})

test('without `queued` the first line wins: an approval counts if it comes before its rejection', () => {
  const dir = runDir()
  command(dir, set('approved', 0.5))
  command(dir, { cid: 'c', module: 'core', op: 'cancel', params: { cid: 'approved', queued: false } })
  const kernel = openKernel(dir, { state: toyTrainer().state, lookMs: 0 })
  kernel.apply({ step: 0 })
  kernel.close()
  expect(decisions(dir)).toEqual([
    ['approved', 'applied', null],
    ['c', 'failed', 'no held command has cid "approved": it is already answered'],
  ])
})

test('a cancel with `queued` and a condition does not affect earlier commands', () => {
  const dir = runDir()
  command(dir, set('kept', 0.5))
  command(dir, { ...cancelQueued('c', 'kept'), expect: { momentum: 7 } })
  const { optimizer, state } = toyTrainer()
  const kernel = openKernel(dir, { state, lookMs: 0 })
  kernel.apply({ step: 0 })
  kernel.close()
  expect(optimizer.paramGroups[0]?.momentum).toBe(0.5)
})
