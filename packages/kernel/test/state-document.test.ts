import { PROTOCOL_VERSION } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { createKernel, type KernelOptions } from '../src/index.ts'
import { memoryRun } from './memory-run.ts'
import { toyTrainer } from './run-dir.ts'

const set = (cid: string, params: object, more: object = {}): object => ({
  cid,
  module: 'opt',
  op: 'set_params',
  params,
  ...more,
})

test('the document of a run that has not begun has its defaults', () => {
  const run = memoryRun()
  createKernel({ ...run })
  expect(run.written.state).toEqual({
    protocol: PROTOCOL_VERSION,
    kernel: { name: '@hotcb/kernel', version: '0', pid: null, host: null, attempt: 1, start: null },
    step: null,
    freeze: expect.objectContaining({ mode: 'off' }),
    paused: false,
    closed: false,
    held: [],
    last: { 'core:main': { seq: 1, op: 'attempt', step: 0, decision: 'applied' } },
    modules: {},
    ledger_bytes: run.ledger.bytes,
    ledger_tail: null,
    taken: null,
    degraded: null,
    step_seconds: null,
    ranks: null,
  })
})

/** The document after a few steps, one of them with commands. */
function documentOf(more: KernelOptions = {}, commands: readonly object[] = []): Record<string, unknown> {
  const run = memoryRun()
  const kernel = createKernel({ ...run, state: toyTrainer().state, lookMs: 0, ...more })
  kernel.apply({ step: 0 })
  for (const line of commands) run.command(line)
  run.world.now += 2000
  kernel.apply({ step: 4 })
  run.world.now += 4000
  kernel.apply({ step: 6 })
  return run.written.state ?? {}
}

test('it has the step, the duration of a step and the last line of each handle', () => {
  const document = documentOf({}, [
    set('a', { momentum: 0.5 }),
    set('b', { momentum: 7 }),
    { ...set('c', {}), id: 'x' },
  ])
  expect(document).toMatchObject({
    step: 6,
    last: {
      'core:main': { seq: 1, op: 'attempt', step: 0, decision: 'applied' },
      'opt:main': { seq: 3, op: 'set_params', step: 4, decision: 'failed' },
    },
  })
  expect(document['step_seconds']).toBeCloseTo(0.8 * 0.5 + 0.2 * 2, 12)
})

test('it lists held commands with their file, offset and place', () => {
  const document = documentOf({}, [
    set('a', { momentum: 0.5 }, { at: { step: 40 } }),
    set('b', { momentum: 0.5 }, { at: { step: 30, event: 'val_end' } }),
  ])
  expect(document['held']).toEqual([
    { cid: 'b', writer: null, offset: expect.any(Number), at: { step: 30, event: 'val_end' } },
    { cid: 'a', writer: null, offset: 0, at: { step: 40 } },
  ])
})

test('it contains each module’s status as JSON, or an error if the status throws or is not JSON', () => {
  const modules = [
    { name: 'fine', status: () => ({ rate: Number.NaN, n: [1] }) },
    { name: 'silent' },
    { name: 'odd', status: () => 7n as never },
    {
      name: 'broken',
      status: () => {
        throw new Error('no status')
      },
    },
  ]
  expect(documentOf({ modules })['modules']).toEqual({
    fine: { rate: null, n: [1] },
    odd: { error: expect.stringMatching(/^expected JSON: .*BigInt/) },
    broken: { error: 'no status' },
  })
})

test('it contains the bytes taken from command files only at close, and not while lines cannot be written', () => {
  const run = memoryRun()
  const commands = { ...run.commands, offsets: () => ({ 'hotcb.commands.jsonl': 99 }) }
  const kernel = createKernel({ ...run, commands, lookMs: 0 })
  kernel.apply({ step: 0 })
  expect(run.written.state?.['taken']).toBe(null)
  kernel.close()
  expect(run.written.state).toMatchObject({ closed: true })
  expect(run.written.state?.['taken']).not.toBe(null)
  const full = memoryRun()
  const degraded = createKernel({ ...full, commands: { ...full.commands, offsets: () => ({}) }, lookMs: 0 })
  full.command({ cid: 'a', module: 'core', op: 'dance' })
  full.world.isFull = true
  degraded.apply({ step: 0 })
  degraded.close()
  expect(full.written.state).toMatchObject({ closed: true, taken: null, degraded: 'no space left on device' })
})

test('it has the ranks of the collective, or those for which the host acts', () => {
  const collective = { rank: 0, worldSize: 2, broadcast: () => '', allGather: () => ['{"ok":true}', '{"ok":true}'] }
  expect(documentOf({ collective })['ranks']).toEqual({ world_size: 2, lost: null })
  expect(documentOf({ hostRanks: { worldSize: 5, lost: 'rank 3 is gone' } })['ranks']).toEqual({
    world_size: 5,
    lost: 'rank 3 is gone',
  })
})
