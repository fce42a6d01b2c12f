import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { followChanges } from '../src/run/changes.ts'
import { temporaryDir } from './run-support.ts'

let seq = 0

function line(more: object): string {
  const own = { seq: seq++, ts: 1, step: 20, event: 'train_step_end', call: 0, cid: null, source: 'cli', of: null }
  const op = { module: 'opt', op: 'set_params', id: 'main', payload: { lr: 0.01 }, decision: 'applied', error: null }
  return `${JSON.stringify({ ...own, ...op, ...more })}\n`
}

function checkpoint(more: object, payload: object = {}): string {
  const saved = { action: 'save', tag: 'step-21', step: 21, ...payload }
  return line({ module: 'core', op: 'checkpoint', source: 'trainer', payload: saved, ...more })
}

/** A ledger that is followed from its current end. */
function followed() {
  const path = join(temporaryDir(), 'hotcb.applied.jsonl')
  writeFileSync(path, line({ source: 'before' }) + checkpoint({}, { tag: 'old', step: 5 }))
  const changes = followChanges(join(path, '..'))
  onTestFinished(() => changes.close())
  const read = (...lines: readonly string[]): readonly string[] => {
    appendFileSync(path, lines.join(''))
    return changes.read()
  }
  return { changes, read }
}

test('each change after the end of the ledger is announced once', () => {
  const { changes, read } = followed()
  expect(read()).toEqual([])
  expect(read(line({}), line({ step: 21, source: 'api' }))).toEqual([
    'step 20: lr = 0.01   (cli)',
    'step 21: lr = 0.01   (api)',
  ])
  expect([changes.read(), changes.saved]).toEqual([[], null])
})

test('changes that people request are announced, and actions of the kernel and the trainer are not', () => {
  const { read } = followed()
  const own = ['attempt', 'yaml', 'collective'].map((op) => line({ module: 'core', op, payload: {} }))
  expect(read(...own, checkpoint({}))).toEqual([])
  // Another module may have an op with the same name.
  expect(read(line({ module: 'other', op: 'attempt' }))).toHaveLength(1)
  expect(read(line({ module: 'core', op: 'freeze', payload: { mode: 'prod' } }))).toHaveLength(1)
  expect(read(checkpoint({ source: 'cli' }))).toHaveLength(1)
  expect(read(line({ module: 'core', op: 'stop', source: 'trainer', payload: { reason: 'enough' } }))).toHaveLength(1)
})

test('a checkpoint that the trainer could not save is announced with the reason', () => {
  const { changes, read } = followed()
  const [news, ...more] = read(checkpoint({ decision: 'failed', error: 'the disk is full' }))
  expect(news).toMatch(/^step 20: .* failed: the disk is full {3}\(trainer\)$/)
  expect([more, changes.saved]).toEqual([[], null])
})

test('the latest saved checkpoint is returned, no matter who requested it', () => {
  const { changes, read } = followed()
  read(checkpoint({}), line({}))
  expect(changes.saved).toEqual({ tag: 'step-21', step: 21 })
  read(checkpoint({ source: 'cli' }, { tag: 'mine', step: 30 }), checkpoint({}, { tag: 'step-31', step: 31 }))
  expect(changes.saved).toEqual({ tag: 'step-31', step: 31 })
})

test.each<[string, string]>([
  ['a load', checkpoint({}, { action: 'load' })],
  ['a failed save', checkpoint({ decision: 'failed', error: 'no' })],
  ['an op of another module', checkpoint({ module: 'other' })],
  ['another op', checkpoint({ op: 'stop' })],
  ['no payload', line({ module: 'core', op: 'checkpoint', payload: null })],
  ['no tag', checkpoint({}, { tag: 7 })],
  ['no step', checkpoint({}, { step: '21' })],
])('%s does not count as a saved checkpoint', (_, text) => {
  const { changes, read } = followed()
  read(text)
  expect(changes.saved).toBeNull()
})
