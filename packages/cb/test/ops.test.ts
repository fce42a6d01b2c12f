import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openRun, recorded, recorder } from './support.ts'

test('a file is loaded and runs at events, and its ledger line contains the hash of its bytes', () => {
  const seen = recorded('seenLoad')
  const run = openRun()
  const text = recorder('seenLoad')
  const path = run.write('probe.mjs', text)
  const sha256 = createHash('sha256').update(text).digest('hex')
  run.load('probe', path, 'Recorder', { init: { every: 2 } })
  run.step(0)
  run.step(1)
  run.step(2)
  expect(seen).toEqual(['v1 train_step_end 0', 'v1 train_step_end 2'])
  expect(run.last()).toMatchObject({
    step: 0,
    op: 'load',
    id: 'probe',
    decision: 'applied',
    payload: {
      target: { kind: 'file', path, symbol: 'Recorder' },
      init: { every: 2 },
      enabled: true,
      source_capture: { sha256, captured_path: `hotcb.sources/${sha256}.mjs` },
    },
    old: null,
    error: null,
  })
  expect(readFileSync(join(run.dir, 'hotcb.sources', `${sha256}.mjs`), 'utf8')).toBe(text)
})

test('disable, enable, set_params and unload record what they changed', () => {
  const seen = recorded('seenOps')
  const run = openRun()
  run.load('probe', run.write('probe.ts', recorder('seenOps')), 'Recorder')
  run.step(0)
  run.command('disable', 'probe')
  run.step(1)
  run.command('enable', 'probe')
  run.step(2)
  run.command('enable', 'probe')
  run.command('set_params', 'probe', { params: { every: 3 } })
  run.step(3)
  run.step(4)
  run.command('unload', 'probe')
  run.step(5)
  expect(seen).toEqual(['v1 train_step_end 0', 'v1 train_step_end 2', 'v1 train_step_end 3', 'closed v1'])
  const [, disabled, enabled, again, set, unloaded] = run.ledger()
  expect(disabled).toMatchObject({ op: 'disable', decision: 'applied', payload: { enabled: false }, old: {} })
  expect(enabled).toMatchObject({ op: 'enable', decision: 'applied', payload: { enabled: true }, old: {} })
  expect(again).toMatchObject({ op: 'enable', decision: 'applied', old: null, notes: 'it was already enabled' })
  expect(set).toMatchObject({ op: 'set_params', decision: 'applied', payload: { every: 3 }, old: { every: 1 } })
  expect(unloaded).toMatchObject({
    op: 'unload',
    decision: 'applied',
    payload: {
      calls: 4,
      errors: 0,
      total_ms: expect.any(Number),
      mean_ms: expect.any(Number),
      max_ms: expect.any(Number),
    },
    old: { target: { symbol: 'Recorder' }, init: {}, enabled: true, params: { every: 3 } },
  })
  expect(run.module.status?.()).toEqual({})
})

test('parameters that are set before a load are stored for it', () => {
  const seen = recorded('seenKept')
  const run = openRun()
  run.command('set_params', 'probe', { params: { every: 2 } })
  run.step(0)
  expect(run.last()).toMatchObject({
    decision: 'applied',
    payload: { every: 2 },
    notes: 'stored until `probe` is loaded',
  })
  expect(run.status('probe')).toEqual({ enabled: false, loaded: false, last_params: { every: 2 } })
  run.load('probe', run.write('probe.mjs', recorder('seenKept')), 'Recorder')
  run.step(1)
  run.step(2)
  expect(seen).toEqual(['v1 train_step_end 2'])
  expect(run.last()?.payload).toMatchObject({ params: { every: 2 } })
})

test('values from `set_params` persist across reloads and override `init`; `unload` removes them', () => {
  const seen = recorded('seenStays')
  const run = openRun()
  run.load('probe', run.write('probe.mjs', recorder('seenStays', 1)), 'Recorder')
  run.command('set_params', 'probe', { params: { every: 2 } })
  run.step(0)
  run.write('probe.mjs', recorder('seenStays', 2))
  run.load('probe', 'probe.mjs', 'Recorder', { init: { every: 3 } })
  for (let step = 1; step < 5; step++) run.step(step)
  expect(run.last()?.payload).toMatchObject({ init: { every: 3 }, params: { every: 2 } })
  run.command('unload', 'probe')
  run.load('probe', 'probe.mjs', 'Recorder', { init: { every: 3 } })
  for (let step = 5; step < 7; step++) run.step(step)
  const ran = seen.filter((line) => !line.startsWith('closed'))
  expect(ran).toEqual(['v1 train_step_end 0', 'v2 train_step_end 2', 'v2 train_step_end 4', 'v2 train_step_end 6'])
  expect(run.status('probe')).toMatchObject({ init: { every: 3 }, last_params: {} })
})

test('one file under two ids becomes two callbacks, each with its own code and parameters', () => {
  const seen = recorded('seenTwo')
  const run = openRun()
  const text = (version: number): string => `let calls = 0\n${recorder('seenTwo', version)}
    export const counting = ({ id }) => ({ handle(event, env) { globalThis.seenTwo.push(id + ' ' + ++calls) } })`
  run.write('probe.mjs', text(1))
  run.load('a', 'probe.mjs', 'counting')
  run.load('b', 'probe.mjs', 'counting')
  run.step(0)
  run.step(1)
  expect(seen.splice(0)).toEqual(['a 1', 'b 1', 'a 2', 'b 2'])
  run.write('probe.mjs', text(2))
  run.load('b', 'probe.mjs', 'Recorder')
  run.step(2)
  expect(seen).toEqual(['a 3', 'v2 train_step_end 2'])
})

test('an op on a callback that is not loaded fails and suggests the nearest one', () => {
  const run = openRun()
  run.load('heartbeat', run.write('probe.mjs', recorder('none')), 'Recorder', { enabled: false })
  run.command('enable', 'hartbeat')
  run.command('disable', 'zzz')
  run.command('unload', 'zzz')
  run.command('dance', 'heartbeat')
  run.step(0)
  expect(run.ledger().map((line) => [line.decision, line.error])).toEqual([
    ['applied', null],
    ['failed', 'no callback `hartbeat` is loaded: did you mean `heartbeat`?'],
    ['failed', 'no callback `zzz` is loaded: choose from heartbeat'],
    ['failed', 'no callback `zzz` is loaded: choose from heartbeat'],
    ['failed', '`op` must be one of load, unload, enable, disable, set_params, got `dance`'],
  ])
})

test('if the callback refuses a parameter, the op fails and the parameters set before it are restored', () => {
  const run = openRun()
  run.write(
    'two.mjs',
    `
    export class Two {
      constructor({ a = 1, b = 2 }) { this.a = a; this.b = b }
      setParams(params) {
        if ('a' in params) this.a = params.a
        if ('b' in params) { if (params.b < 0) throw new RangeError('b must be >= 0'); this.b = params.b }
      }
      handle(event, env) { env.log('a=' + this.a + ' b=' + this.b) }
    }`,
  )
  run.load('two', 'two.mjs', 'Two')
  run.command('set_params', 'two', { params: { a: 9, b: -1 } })
  run.step(0)
  expect(run.last()).toMatchObject({
    decision: 'failed',
    error: 'RangeError: b must be >= 0',
    traceback: expect.any(String),
  })
  expect(run.log()).toContain('[cb two] a=1 b=2\n')
  expect(run.status('two')).toMatchObject({ enabled: true, last_params: {} })
})

test('a revert of unload restores the same bytes and parameters', () => {
  const seen = recorded('seenRevert')
  const run = openRun()
  const path = run.write('probe.mjs', recorder('seenRevert', 1))
  run.load('probe', path, 'Recorder')
  run.command('set_params', 'probe', { params: { every: 2 } })
  run.step(0)
  run.command('unload', 'probe')
  run.step(1)
  run.write('probe.mjs', recorder('seenRevert', 2))
  run.command('revert', 'main', {}, 'core')
  run.step(2)
  run.step(3)
  expect(seen).toEqual(['v1 train_step_end 0', 'closed v1', 'v1 train_step_end 2'])
  expect(run.last()).toMatchObject({ op: 'load', decision: 'applied', reverts: 4, payload: { params: { every: 2 } } })
})

test('a revert of a reload runs the previous code', () => {
  const seen = recorded('seenBack')
  const run = openRun()
  const path = run.write('probe.mjs', recorder('seenBack', 1))
  run.load('probe', path, 'Recorder')
  run.step(0)
  run.write('probe.mjs', recorder('seenBack', 2))
  run.load('probe', path, 'Recorder')
  run.step(1)
  run.command('revert', 'main', {}, 'core')
  run.step(2)
  run.command('revert', 'main', { params: { seq: 2 } }, 'core')
  run.step(3)
  expect(seen).toEqual([
    'v1 train_step_end 0',
    'closed v1',
    'v2 train_step_end 1',
    'closed v2',
    'v1 train_step_end 2',
    'closed v1',
  ])
  expect(run.ledger().map((line) => [line.op, line.decision])).toEqual([
    ['load', 'applied'],
    ['load', 'applied'],
    ['load', 'applied'],
    ['unload', 'applied'],
  ])
})

test('the trainer\u2019s own callbacks are controlled like loaded ones, and cannot be loaded again', () => {
  const seen: string[] = []
  const own = { handle: (event: string) => void seen.push(event) }
  const run = openRun({ callbacks: { callbacks: { own } } })
  run.step(0)
  run.command('disable', 'own')
  run.step(1)
  run.command('enable', 'own')
  run.step(2)
  expect(seen).toHaveLength(2)
  run.command('unload', 'own')
  run.step(3)
  expect(run.last()).toMatchObject({ old: null, notes: 'it belongs to the trainer, so a command cannot load it again' })
})
