import { type LedgerLine, readLedgerLine } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { createCheckpointFold } from '../src/checkpoint-fold.ts'
import { createCheckpointSaver } from '../src/saver.ts'

function checkpoint(action: string, tag: string, step: number): LedgerLine {
  const line = { seq: 1, step, module: 'core', op: 'checkpoint', decision: 'applied', source: 'cli', cid: 'c' }
  const read = readLedgerLine({ ...line, payload: { action, tag, step } })
  if (!read.ok) throw new Error(read.reason)
  return read.value
}

test('a checkpoint that a person saved can be loaded, until an earlier one is loaded', () => {
  const fold = createCheckpointFold()
  fold.take(checkpoint('save', 'best', 40), 40)
  fold.take(checkpoint('save', 'auto-60', 60), 60)
  expect(fold.all().map(({ tag }) => tag)).toEqual(['best', 'auto-60'])
  fold.take(checkpoint('load', 'best', 40), 70)
  expect(fold.all().map(({ tag }) => tag)).toEqual(['best'])
})

test('only checkpoints that the autopilot saved are deleted', () => {
  const saver = createCheckpointSaver({ every: 1000, say: () => undefined })
  const tags = ['best', 'mine', 'auto-1', 'auto-2', 'auto-3', 'auto-4']
  const checkpoints = tags.map((tag, i) => ({ tag, step: i + 1, clock: i + 1 }))
  const ops = saver.look({ step: 10, epochSteps: 50, isBusy: false, tookMs: null, checkpoints, permission: 'auto' })
  expect(ops.map(({ params }) => params)).toEqual([{ action: 'drop', tag: 'auto-1' }])
})
