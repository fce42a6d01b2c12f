import { expect, test } from 'vitest'
import type { CallbackHost, Caller, HostReports } from '../src/index.ts'
import { type BareModule, openBare } from './bare-module.ts'

interface Hosted extends BareModule {
  /** The ids in each list that the host received. */
  readonly lists: string[][]
  readonly reports: HostReports
  readonly toClose: Caller[]
  readonly flushed: (readonly Caller[])[]
  /** The messages of the errors that the host throws at its next calls. */
  readonly throws: { run: string | null; ask: string | null; flush: string | null }
  number(id: string): number
}

/** A module whose callbacks are run by a host in this process. */
function openHosted(options: { readonly closes?: boolean; readonly own?: boolean } = {}): Hosted {
  const { closes = true, own = false } = options
  const lists: string[][] = []
  const toClose: Caller[] = []
  const flushed: (readonly Caller[])[] = []
  const numbers = new Map<string, number>()
  const throws: Hosted['throws'] = { run: null, ask: null, flush: null }
  let reports: HostReports | undefined
  function failIf(message: string | null): void {
    if (message !== null) throw new Error(message)
  }
  const host: CallbackHost = {
    connect: (given) => {
      reports = given
    },
    run(instances) {
      failIf(throws.run)
      lists.push(instances.map(({ id }) => id))
      for (const { id, number } of instances) numbers.set(id, number)
    },
    ...(closes && {
      closing: {
        ask(caller) {
          failIf(throws.ask)
          toClose.push(caller)
        },
        flush(callers) {
          flushed.push(callers)
          failIf(throws.flush)
        },
      },
    }),
  }
  const callbacks = own ? { callbacks: { own: { handle: () => {} } } } : {}
  const bare = openBare({ dispatch: 'host', host, ...callbacks })
  bare.exports['A'] = () => ({ handle: () => {}, setParams: () => {} })
  if (reports === undefined) throw new Error('unreachable: the module connects')
  const number = (id: string): number => numbers.get(id) ?? -1
  return { ...bare, lists, reports, toClose, flushed, throws, number }
}

test('a host receives the list of running instances only when it changes', () => {
  const { load, apply, lists } = openHosted()
  load('a', 'A')
  load('b', 'A')
  apply('set_params', 'a', { params: { x: 1 } })
  apply('enable', 'a')
  apply('disable', 'a')
  apply('disable', 'a')
  apply('enable', 'a')
  load('off', 'A', { enabled: false })
  apply('unload', 'a')
  expect(lists).toEqual([['a'], ['a', 'b'], ['b'], ['a', 'b'], ['b']])
})

test('each load creates a new instance with its own number, which the loader also receives', () => {
  const { load, requests, number } = openHosted()
  load('a', 'A')
  const first = number('a')
  load('a', 'A')
  expect(number('a')).toBeGreaterThan(first)
  expect(requests.map(({ caller }) => caller.number)).toEqual([first, number('a')])
})

test('a module with a host does not listen to events itself', () => {
  expect(openHosted().module.listens?.()).toEqual([])
  expect(openHosted().module.onEvent).toBe(undefined)
  expect(openBare().module.listens).toBe(undefined)
})

test('a reported trip stops the callback immediately, and the disable is submitted until it is in the ledger', () => {
  const { load, apply, step, reports, number, submitted, status, lists, logged } = openHosted()
  load('a', 'A')
  load('b', 'A')
  reports.trip(number('a'), 'took too long')
  reports.trip(number('a'), 'again')
  expect(lists.at(-1)).toEqual(['b'])
  expect(status('a')).toMatchObject({ enabled: false, reason: 'took too long' })
  const asked = { module: 'cb', op: 'disable', id: 'a', source: 'kernel', note: 'took too long' }
  expect(submitted).toEqual([asked])
  expect(logged).toEqual(['[cb a] disabled: took too long'])
  // The wait doubles while there is no answer.
  const times: number[] = []
  for (let point = 1; point <= 15; point++) {
    const before = submitted.length
    step(point)
    if (submitted.length > before) times.push(point)
  }
  expect(times).toEqual([2, 6, 14])
  expect(apply('disable', 'a')).toMatchObject({ payload: { enabled: false, reason: 'took too long' } })
  const count = submitted.length
  for (let point = 16; point <= 60; point++) step(point)
  expect(submitted).toHaveLength(count)
})

test('the costs of an instance are in the status, and in the ledger line that ends it', () => {
  const { load, apply, reports, number, status } = openHosted()
  load('a', 'A')
  const lastError = { step: 3, message: 'Error: boom' }
  reports.costs(number('a'), {
    calls: 4,
    errors: 1,
    totalMs: 10,
    maxMs: 7.00049,
    share: 0.123456,
    pending: 2,
    lastError,
  })
  expect(status('a')).toMatchObject({
    calls: 4,
    errors: 1,
    total_ms: 10,
    mean_ms: 2.5,
    max_ms: 7,
    share: 0.12346,
    pending: 2,
    last_error: lastError,
  })
  reports.costs(number('a'), { calls: 5, errors: 1, totalMs: 12, maxMs: 7 })
  expect(status('a')).toMatchObject({ calls: 5, share: null, pending: 0, last_error: null })
  expect(apply('unload', 'a')).toMatchObject({
    payload: { calls: 5, errors: 1, total_ms: 12, mean_ms: 2.4, max_ms: 7 },
  })
})

test('costs that are negative or not finite are refused by name, and change nothing', () => {
  const { load, reports, number, status } = openHosted()
  load('a', 'A')
  const good = { calls: 1, errors: 0, totalMs: 1, maxMs: 1 }
  for (const [name, value] of Object.entries({
    calls: -1,
    errors: Number.NaN,
    maxMs: Number.POSITIVE_INFINITY,
    share: -1,
    pending: -1,
  })) {
    expect(() => reports.costs(number('a'), { ...good, [name]: value })).toThrow(
      new RangeError(`\`${name}\` must be a number >= 0, got ${value}`),
    )
  }
  expect(status('a')).toMatchObject({ calls: 0 })
  expect(() => reports.costs(number('a'), { calls: 0, errors: 0, totalMs: 0, maxMs: 0 })).not.toThrow()
})

test('reports about an instance that is no longer loaded change nothing, and only a trip is logged', () => {
  const { load, reports, number, submitted, logged, status } = openHosted()
  load('a', 'A')
  const old = number('a')
  load('a', 'A')
  reports.costs(old, { calls: 9, errors: 0, totalMs: 1, maxMs: 1 })
  reports.trip(old, 'late')
  reports.trip(123456, 'unknown')
  reports.closed(123456, 'unknown')
  expect(status('a')).toMatchObject({ enabled: true, calls: 0 })
  expect(submitted).toEqual([])
  expect(logged).toEqual([
    `[cb a] instance ${old} tripped after it was unloaded or replaced: late`,
    'instance 123456 tripped after it was unloaded or replaced: unknown',
  ])
})

test('a change that the host refuses is undone, and the op fails with its message', () => {
  const { load, apply, throws, status, lists, toClose, all } = openHosted()
  load('a', 'A')
  load('off', 'A', { enabled: false })
  throws.run = 'rank 1 does not answer'
  const error = 'the host did not accept the change: rank 1 does not answer'
  expect(apply('disable', 'a')).toMatchObject({ ok: false, error })
  expect(apply('unload', 'a')).toMatchObject({ ok: false, error })
  expect(apply('enable', 'off')).toMatchObject({ ok: false, error })
  expect(load('new', 'A')).toMatchObject({ ok: false, error })
  expect(load('a', 'A', { init: { other: 1 } })).toMatchObject({ ok: false, error })
  expect(status('a')).toMatchObject({ enabled: true, init: {} })
  expect(status('off')).toMatchObject({ enabled: false })
  expect(Object.keys(all())).toEqual(['a', 'off', 'new'])
  expect(status('new')).toMatchObject({ loaded: false, closing: 1 })
  // The instances that were created for the refused loads are closed.
  expect(toClose.map(({ id }) => id)).toEqual(['new', 'a'])
  throws.run = null
  expect(lists).toEqual([['a']])
  expect(apply('disable', 'a')).toMatchObject({ ok: true })
  expect(lists.at(-1)).toEqual([])
})

test('parameters that were stored before a load survive a load that the host refuses', () => {
  const { load, apply, throws, status } = openHosted()
  apply('set_params', 'a', { params: { x: 1 } })
  throws.run = 'no'
  load('a', 'A')
  expect(status('a')).toMatchObject({ loaded: false, last_params: { x: 1 } })
  throws.run = null
  load('a', 'A')
  expect(status('a')).toMatchObject({ loaded: true, last_params: { x: 1 } })
})

test('a list that the host refused is passed again after each safe point, and the refusal is logged once', () => {
  const { load, step, throws, lists, logged, reports, number } = openHosted()
  load('a', 'A')
  throws.run = 'busy'
  reports.trip(number('a'), 'slow')
  step(1)
  step(2)
  const refusals = logged.filter((line) => line.startsWith('callbacks: '))
  expect(refusals).toEqual(['callbacks: the host did not accept the change: busy'])
  throws.run = null
  step(3)
  step(4)
  expect(lists).toEqual([['a'], []])
})

test('an instance that is replaced or unloaded is closed by the host, and counted until it confirms', () => {
  const { load, apply, reports, status, toClose, logged, all } = openHosted()
  load('a', 'A')
  load('a', 'A')
  load('a', 'A')
  expect(status('a')).toMatchObject({ loaded: true, closing: 2 })
  apply('unload', 'a')
  expect(status('a')).toEqual({ enabled: false, loaded: false, last_params: {}, closing: 3 })
  const [first, second, third] = toClose.map(({ number }) => number)
  reports.closed(first ?? 0, null)
  reports.closed(second ?? 0, 'Error: stuck')
  reports.closed(second ?? 0, 'Error: stuck')
  expect(status('a')).toMatchObject({ closing: 1 })
  reports.closed(third ?? 0, null)
  expect(all()).toEqual({})
  expect(logged).toEqual(['[cb a] `close` threw: Error: stuck'])
})

test('if the host cannot be asked to close an instance, the ledger line has a note', () => {
  const { load, apply, throws, status } = openHosted()
  load('a', 'A')
  throws.ask = 'not connected'
  expect(apply('unload', 'a')).toMatchObject({
    ok: true,
    notes: 'asking the host to close it threw: Error: not connected',
  })
  expect(status('a')).toMatchObject({ closing: 1 })
})

test('at the end the host stops and closes all callbacks, and receives those it has not confirmed once more', () => {
  const { load, module, lists, flushed, toClose, logged, reports } = openHosted()
  load('a', 'A')
  load('b', 'A')
  reports.trip(toClose[0]?.number ?? 0, 'unknown')
  module.close?.()
  module.close?.()
  expect(lists.at(-1)).toEqual([])
  expect(toClose.map(({ id }) => id)).toEqual(['a', 'b'])
  expect(flushed.map((callers) => callers.map(({ id }) => id))).toEqual([['a', 'b']])
  const [a, b] = toClose.map(({ number }) => number)
  expect(logged.slice(-2)).toEqual([
    `[cb a] the host never confirmed that it closed instance ${a}`,
    `[cb b] the host never confirmed that it closed instance ${b}`,
  ])
})

test('problems that the host has at the end are logged', () => {
  const { load, module, throws, logged } = openHosted()
  load('a', 'A')
  Object.assign(throws, { run: 'gone', ask: 'no pipe', flush: 'no process' })
  module.close?.()
  expect(logged.slice(0, 3)).toEqual([
    'callbacks: the host did not accept the change: gone',
    '[cb a] asking the host to close it threw: Error: no pipe',
    'callbacks: the host could not close the remaining instances: Error: no process',
  ])
})

test('if the host has no `closing`, the module calls the callback\u2019s `close`', () => {
  const closed: string[] = []
  const { load, apply, exports, all, module } = openHosted({ closes: false })
  exports['C'] = ({ id }: { id: string }) => ({ handle: () => {}, close: () => void closed.push(id) })
  load('a', 'C')
  load('b', 'C')
  apply('unload', 'a')
  expect(closed).toEqual(['a'])
  expect(Object.keys(all())).toEqual(['b'])
  module.close?.()
  expect(closed).toEqual(['a', 'b'])
})

test('a host runs the trainer\u2019s callbacks as soon as the module is attached', () => {
  const { lists, load, toClose, apply } = openHosted({ own: true })
  expect(lists).toEqual([['own']])
  load('own', 'A')
  expect(toClose).toEqual([])
  expect(apply('unload', 'own')).toMatchObject({ ok: true })
  expect(toClose.map(({ id }) => id)).toEqual(['own'])
})
