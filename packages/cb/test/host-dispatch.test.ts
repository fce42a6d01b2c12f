import { expect, test } from 'vitest'
import { openCallbacks } from '../src/node.ts'
import { type HostThread, startHost, type TrainingHost, trainIn } from './host-thread.ts'
import { openRun, type Run, temporaryFolder } from './support.ts'

const PROBE = `exports.Probe = class {
  constructor({ id }) { this.id = id; this.word = 'ran' }
  setParams({ word }) { this.word = word }
  handle(event, { step }) {
    if (this.word === 'throw') throw new Error('boom')
    say(this.id + ' ' + this.word + ' ' + step)
  }
  close() { say(this.id + ' closed'); if (this.word === 'stuck') throw new Error('will not close') }
}`

interface Hosted {
  readonly run: Run
  readonly host: TrainingHost
  readonly thread: HostThread
}

/** A run whose callbacks run in another thread. */
function openHosted(dir = temporaryFolder(), confirmsAtEnd = true): Hosted {
  const thread = startHost()
  const host = trainIn(thread, confirmsAtEnd)
  const run = openRun({ dir, callbacks: { dispatch: 'host', host, languages: [thread.language] } })
  run.write('probe.host', PROBE)
  return { run, host, thread }
}

function outcomes(run: Run): unknown[] {
  return run.ledger().map(({ op, id, decision }) => `${op} ${id} ${decision}`)
}

test('with `dispatch: host` callbacks run only at the host\u2019s events, in the order of their last loads', () => {
  const { run, host, thread } = openHosted()
  for (const id of ['a', 'b', 'a']) run.load(id, 'probe.host', 'Probe')
  run.command('set_params', 'b', { params: { word: 'set' } })
  run.step(0)
  run.step(1)
  expect(thread.said()).toEqual([])
  host.train(2)
  expect(thread.said()).toEqual(['b set 2', 'a ran 2'])
  run.command('disable', 'b')
  run.step(2)
  host.train(3)
  run.command('enable', 'b')
  run.command('unload', 'a')
  run.step(3)
  host.train(4)
  expect(thread.said()).toEqual(['a ran 3', 'b set 4'])
  expect(run.status('b')).toMatchObject({ enabled: true, calls: 2, errors: 0, last_params: { word: 'set' } })
  expect(run.ledger().every(({ decision }) => decision === 'applied')).toBe(true)
})

test('the kernel disables a callback that the host reports, with reason and costs, and it runs again when enabled', () => {
  const { run, host, thread } = openHosted()
  run.load('bad', 'probe.host', 'Probe', { params: { params: { word: 'throw' } } })
  run.load('good', 'probe.host', 'Probe')
  run.step(0)
  host.train(1)
  expect(run.status('bad')).toMatchObject({ enabled: false, errors: 1, reason: expect.stringContaining('boom') })
  run.step(1)
  host.train(2)
  expect(run.last()).toMatchObject({
    op: 'disable',
    id: 'bad',
    decision: 'applied',
    source: 'kernel',
    notes: 'threw at step 1, train_step_end: Error: boom',
    payload: { enabled: false, reason: 'threw at step 1, train_step_end: Error: boom', calls: 1, errors: 1 },
  })
  run.command('set_params', 'bad', { params: { word: 'mended' } })
  run.command('enable', 'bad')
  run.step(2)
  host.train(3)
  expect(thread.said()).toEqual(['good ran 1', 'good ran 2', 'bad mended 3', 'good ran 3'])
  expect(run.status('bad')).toMatchObject({ enabled: true, reason: null, calls: 2 })
})

test('an op fails and is undone if the host does not accept the change, and the host receives the list again', () => {
  const { run, host, thread } = openHosted()
  run.load('a', 'probe.host', 'Probe')
  run.load('off', 'probe.host', 'Probe', { enabled: false })
  run.step(0)
  const ops: [string, string][] = [
    ['disable', 'a'],
    ['unload', 'a'],
    ['enable', 'off'],
    ['load', 'a'],
  ]
  for (const [step, [op, id]] of ops.entries()) {
    thread.ask('refuse')
    if (op === 'load') run.load(id, 'probe.host', 'Probe')
    else run.command(op, id)
    run.step(step + 1)
    expect.soft(run.last()).toMatchObject({
      op,
      decision: 'failed',
      error: 'the host did not accept the change: rank 1 does not answer',
    })
    host.train(step + 1)
    expect.soft(thread.said(), op).toEqual([`a ran ${step + 1}`])
  }
  expect(run.status('a')).toMatchObject({ enabled: true, calls: 4 })
  expect(run.status('off')).toMatchObject({ enabled: false })
})

test('after a restart the host runs the same callbacks, and a disabled one stays disabled', () => {
  const first = openHosted()
  first.run.load('a', 'probe.host', 'Probe')
  first.run.load('b', 'probe.host', 'Probe')
  first.run.command('set_params', 'a', { params: { word: 'kept' } })
  first.run.command('disable', 'b')
  first.run.step(0)
  first.run.close()
  const { run, host, thread } = openHosted(first.run.dir)
  run.kernel.continueFrom({ step: 1 })
  run.step(1)
  host.train(1)
  expect(thread.said()).toEqual(['a kept 1'])
})

test('after a checkpoint load the host runs the callbacks from its save, and closes later ones', () => {
  const thread = startHost()
  const host = trainIn(thread)
  const kernel = { checkpoints: { save: () => undefined, load: () => undefined } }
  const run = openRun({ kernel, callbacks: { dispatch: 'host', host, languages: [thread.language] } })
  run.write('probe.host', PROBE)
  run.load('early', 'probe.host', 'Probe')
  run.step(0)
  run.command('checkpoint', 'main', { params: { action: 'save', tag: 'k' } }, 'core')
  run.step(1)
  run.load('late', 'probe.host', 'Probe')
  run.step(2)
  host.train(2)
  expect(thread.said()).toEqual(['early ran 2', 'late ran 2'])
  run.command('checkpoint', 'main', { params: { action: 'load', tag: 'k' } }, 'core')
  run.step(3)
  host.train(3)
  host.settle()
  expect(thread.said()).toEqual(['early ran 3', 'early closed', 'late closed'])
  expect(run.status('late')).toEqual({})
  expect(run.status('early')).toMatchObject({ enabled: true, calls: 1 })
})

test('the host runs the trainer’s own callbacks from the start', () => {
  const thread = startHost()
  const seen: string[] = []
  const host = {
    ...trainIn(thread),
    run: (instances: readonly { id: string }[]) => seen.push(...instances.map(({ id }) => id)),
  }
  const one = { handle: () => seen.push('handled here') }
  const run = openRun({ callbacks: { dispatch: 'host', host, callbacks: { one } } })
  run.step(0)
  expect(seen).toEqual(['one'])
})

test('after a replacement or an unload the host closes the callback, which the status lists until the host confirms', () => {
  const { run, host, thread } = openHosted()
  run.load('a', 'probe.host', 'Probe')
  run.step(0)
  run.command('set_params', 'a', { params: { word: 'stuck' } })
  run.step(1)
  run.load('a', 'probe.host', 'Probe', { init: { again: true } })
  run.load('b', 'probe.host', 'Probe')
  run.step(2)
  run.command('unload', 'b')
  run.step(3)
  expect(run.status('a')).toMatchObject({ enabled: true, loaded: true, closing: 1 })
  expect(run.status('b')).toEqual({ enabled: false, loaded: false, last_params: {}, closing: 1 })
  expect(thread.said()).toEqual([])
  host.settle()
  expect(thread.said()).toEqual(['a closed', 'b closed'])
  expect(run.status('a')).not.toHaveProperty('closing')
  expect(run.status('b')).toEqual({})
  expect(run.log()).toContain('[cb a] `close` threw: Error: will not close\n')
  expect(outcomes(run)).not.toContain('failed')
  run.close()
  expect(thread.said()).toEqual(['a closed'])
  expect(host.flushed.length).toBe(1)
  expect(run.log()).not.toContain('never confirmed')
})

test('instances that the host has not closed by the end are flushed once, and the log lists unconfirmed ones', () => {
  const { run, host, thread } = openHosted(temporaryFolder(), false)
  run.load('a', 'probe.host', 'Probe')
  run.load('a', 'probe.host', 'Probe')
  run.step(0)
  run.close()
  run.module.close?.()
  expect(host.flushed.length).toBe(1)
  expect(run.log().match(/\[cb a\] the host never confirmed that it closed instance \d+\n/g)?.length).toBe(2)
  expect(thread.said()).toEqual([])
})

test('the host also closes a callback that could not be loaded', () => {
  const { run, host, thread } = openHosted()
  run.write(
    'picky.host',
    `exports.Probe = class {
    setParams() { throw new Error('no parameters') }
    handle() {}
    close() { say('picky closed') }
  }`,
  )
  run.load('a', 'picky.host', 'Probe', { params: { params: { every: 1 } } })
  run.step(0)
  expect(run.last()).toMatchObject({ decision: 'failed', error: expect.stringContaining('no parameters') })
  expect(run.status('a')).toMatchObject({ loaded: false, closing: 1 })
  host.settle()
  expect(thread.said()).toEqual(['picky closed'])
})

test('costs that are not numbers are refused, and so are options that are incompatible with the dispatch', () => {
  const { run, host } = openHosted()
  const connected: Parameters<TrainingHost['connect']>[0][] = []
  openCallbacks({ dispatch: 'host', host: { ...host, connect: (reports) => connected.push(reports) } })
  expect(() => connected[0]?.costs(1, { calls: 1, errors: 0, totalMs: Number.NaN, maxMs: 0 })).toThrow(
    new RangeError('`totalMs` must be a number >= 0, got NaN'),
  )
  expect(() => openCallbacks({ dispatch: 'host' })).toThrow("`dispatch: 'host'` needs the option `host`")
  expect(() => openCallbacks({ host })).toThrow("`host` is only used with `dispatch: 'host'`")
  expect(() => openCallbacks({ dispatch: 'other' as never })).toThrow('`dispatch` must be module or host, got ')
  expect(() => openCallbacks({ dispatch: 'host', host, maxCallMs: 5 })).toThrow(
    '`maxCallMs` cannot be combined with `dispatch',
  )
  expect(run.module.onEvent).toBe(undefined)
})
