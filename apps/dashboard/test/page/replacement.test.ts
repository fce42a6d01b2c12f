import { readStateDocument } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { checkpointBefore } from '../../src/shared/revert-check.ts'
import type { RunDetail, RunStatus } from '../../src/shared/wire.ts'
import { isDeleted, replacementOf } from '../../src/web/run/replacement.ts'

interface Seen {
  readonly training?: string | null
  readonly pid?: number
  readonly attempt?: number
  readonly status?: RunStatus
  readonly closed?: boolean
}

function seen({ training = 'a', pid = 10, attempt = 1, status = 'running', closed = false }: Seen = {}): RunDetail {
  const kernel = { name: 'hotcb', version: '3', pid, host: 'here', attempt, start: `s${pid}` }
  const state = readStateDocument({ protocol: 1, kernel, closed })
  if (!state.ok) throw new Error(state.reason)
  const run = training === null ? null : { run_id: training, started_at: '2026' }
  // The fields that are compared: the trainer and the run.
  return { run, state: state.value, row: { status } } as unknown as RunDetail
}

test('a run that was deleted and created again is another training run, even with the same process', () => {
  expect(replacementOf(seen(), seen({ training: 'b' }))?.text).toMatch(/deleted and created again/)
  expect(replacementOf(seen(), seen())).toBeUndefined()
  expect(replacementOf(undefined, seen())).toBeUndefined()
})

test('a document that is missing for a moment does not mean another training run', () => {
  expect(replacementOf(seen({ training: null }), seen())).toBeUndefined()
  expect(replacementOf(seen(), seen({ training: null }))).toBeUndefined()
})

test('a run whose documents have all disappeared was deleted, unlike one that never had any or still has some', () => {
  const empty = { run: null, state: null }
  expect(isDeleted(seen(), empty)).toBe(true)
  expect(isDeleted(seen({ training: null }), empty)).toBe(true)
  expect(isDeleted(seen(), seen({ training: null }))).toBe(false)
  expect(isDeleted(seen(), { ...seen(), state: null })).toBe(false)
  expect(isDeleted({ ...seen(), ...empty }, empty)).toBe(false)
  expect(isDeleted(undefined, empty)).toBe(false)
})

test('a trainer that takes over from a live one is reported; one that continues a dead or closed run is not', () => {
  const next = seen({ pid: 11, attempt: 2 })
  expect(replacementOf(seen(), next)).toMatchObject({ goOn: 'Follow attempt 2' })
  expect(replacementOf(seen({ status: 'paused' }), next)?.text).toMatch(/attempt 2, process 11 on here/)
  expect(replacementOf(seen({ status: 'silent' }), next)).toBeUndefined()
  expect(replacementOf(seen({ status: 'finished', closed: true }), next)).toBeUndefined()
})

test('a checkpoint load opens an attempt of the same process, which replaces no trainer', () => {
  expect(replacementOf(seen(), seen({ attempt: 2 }))).toBeUndefined()
})

test('the checkpoint to go back to is the newest one whose next step is at or before the step of the change', () => {
  const checkpoints = [
    { tag: 'a', step: 100 },
    { tag: 'b', step: 300 },
    { tag: 'c', step: 301 },
    { tag: 'foreign', step: null },
  ]
  expect(checkpointBefore(300, checkpoints)?.tag).toBe('b')
  expect(checkpointBefore(99, checkpoints)).toBeUndefined()
})
