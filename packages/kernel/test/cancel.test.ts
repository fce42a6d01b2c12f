import { expect, test } from 'vitest'
import { openKernel } from '../src/node.ts'
import { answers, command, runDir, toyTrainer } from './run-dir.ts'

const set = (cid: string, momentum: number): object => ({ cid, module: 'opt', op: 'set_params', params: { momentum } })
const cancel = (cid: string, of: string): object => ({ cid, module: 'core', op: 'cancel', params: { cid: of } })
const decisions = (dir: string): unknown =>
  answers(dir).map((line) => [line.cid, line.decision, line.error ?? line.notes])

test('a cancel that comes before its command closes it, also for a later process', () => {
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
    ['c', 'applied', 'no command of this `cid` has come: one that comes is passed over'],
    ['late', 'skipped_noop', 'this `cid` is answered already'],
    ['other', 'applied', null],
  ])
})

test('a cancel of a command that is held ends it, and one that is answered cannot be cancelled', () => {
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
    ['d', 'failed', 'no held command has cid "held": it is answered already'],
  ])
})
