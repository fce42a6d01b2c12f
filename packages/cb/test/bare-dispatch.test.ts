import { expect, test } from 'vitest'
import { type CallbackEnv, createCallbackModule, type HotCallback, plainGuard } from '../src/index.ts'
import { openBare } from './bare-module.ts'

test('callbacks run in the order of their last loads, once for each event', () => {
  const seen: string[] = []
  const { exports, load, step } = openBare()
  exports['A'] = ({ id }: { id: string }) => ({ handle: (event: string) => void seen.push(`${id} ${event}`) })
  for (const id of ['a', 'b', 'a']) load(id, 'A')
  step(0, ['x', 'y'])
  expect(seen).toEqual(['b x', 'a x', 'b y', 'a y'])
})

test('calls are counted and timed, and the time between two callbacks belongs to the first', () => {
  const bare = openBare()
  const { exports, load, step, status, clock } = bare
  exports['Slow'] = () => ({ handle: () => clock.add(3) })
  exports['Fast'] = () => ({ handle: () => clock.add(0.5) })
  load('slow', 'Slow')
  load('fast', 'Fast')
  step(0, ['x', 'y'])
  expect(status('slow')).toMatchObject({ calls: 2, errors: 0, total_ms: 6, mean_ms: 3, max_ms: 3 })
  expect(status('fast')).toMatchObject({ calls: 2, total_ms: 1, mean_ms: 0.5, max_ms: 0.5 })
})

test('a call that takes exactly the budget is allowed, and a longer one disables the callback immediately', () => {
  let ms = 20
  const { exports, load, step, status, clock, submitted, apply } = openBare({ maxCallMs: 20 })
  exports['A'] = () => ({ handle: () => clock.add(ms) })
  load('a', 'A')
  step(0, ['x', 'y'])
  expect(status('a')).toMatchObject({ enabled: true, calls: 2 })
  ms = 20.5
  step(1, ['x', 'y'])
  const reason = 'took 20.5 ms at step 1, x, over the budget of 20 ms per call'
  expect(status('a')).toMatchObject({ enabled: false, calls: 3, reason })
  expect(submitted).toEqual([{ module: 'cb', op: 'disable', id: 'a', source: 'kernel', note: reason }])
  apply('disable', 'a')
  apply('enable', 'a')
  ms = 20.25
  step(2)
  // This call is faster than the slowest one, so `max_ms` does not change.
  expect(status('a')).toMatchObject({ enabled: true, max_ms: 20.5 })
})

test('the share of the wall time is measured over 100 safe points', () => {
  let ms = 1
  const { exports, load, step, status, clock } = openBare({ maxShare: 0.5 })
  exports['A'] = () => ({ handle: () => clock.add(ms) })
  load('a', 'A')
  const steps = (count: number): void => {
    for (let i = 0; i < count; i++) {
      clock.add(3)
      step(i)
    }
  }
  steps(99)
  expect(status('a')).toMatchObject({ share: null })
  steps(1)
  expect(status('a')).toMatchObject({ share: 0.25, enabled: true })
  ms = 3
  steps(100)
  expect(status('a')).toMatchObject({ share: 0.5, enabled: true })
  ms = 9
  steps(99)
  expect(status('a')).toMatchObject({ share: 0.5, enabled: true })
  steps(1)
  expect(status('a')).toMatchObject({
    share: 0.75,
    enabled: false,
    reason: 'took 75.0 % of the time over the last 100 safe points, over the budget of 50 %',
  })
})

test('consecutive errors disable a callback, and a success or an enable resets the count', () => {
  let fails = true
  const { exports, load, apply, step, status, submitted } = openBare({ maxErrors: 2 })
  exports['A'] = () => ({
    handle() {
      if (fails) throw new Error('boom')
    },
  })
  load('a', 'A')
  step(0)
  fails = false
  step(1)
  fails = true
  step(2)
  expect(status('a')).toMatchObject({ enabled: true, errors: 2, last_error: { step: 2, message: 'Error: boom' } })
  step(3)
  expect(status('a')).toMatchObject({
    enabled: false,
    errors: 3,
    calls: 4,
    reason: 'threw at step 3, train_step_end: Error: boom',
  })
  step(4)
  expect(status('a')).toMatchObject({ calls: 4 })
  expect(apply('disable', 'a')).toMatchObject({ payload: { enabled: false, calls: 4, errors: 3 } })
  const count = submitted.length
  apply('enable', 'a')
  step(5)
  expect(status('a')).toMatchObject({ enabled: true, reason: null })
  expect(submitted).toHaveLength(count)
})

test('a callback that is never disabled logs its 1st, 2nd, 4th and 8th error in a row', () => {
  const { exports, load, step, status, logged } = openBare({ maxErrors: 0 })
  exports['A'] = () => ({
    handle(_event: string, { step: at }: CallbackEnv) {
      if (at !== 20) throw `text ${at}`
    },
  })
  load('a', 'A')
  for (let at = 1; at < 25; at++) step(at)
  expect(status('a')).toMatchObject({ enabled: true, errors: 23 })
  const steps = logged.map((line) => Number(/threw at step (\d+), train_step_end: /.exec(line)?.[1]))
  expect(steps).toEqual([1, 2, 4, 8, 16, 21, 22, 24])
})

test('promises are pending until they settle, and a rejection counts as an error', async () => {
  const settles: { resolve(): void; reject(error: Error): void }[] = []
  const { exports, load, step, status, logged, submitted } = openBare({ maxErrors: 2 })
  exports['A'] = () => ({
    handle: () => new Promise<void>((resolve, reject) => settles.push({ resolve, reject })),
  })
  load('a', 'A')
  for (let at = 0; at < 4; at++) step(at)
  expect(status('a')).toMatchObject({ pending: 4, errors: 0 })
  settles[0]?.reject(new Error('one'))
  await Promise.resolve()
  settles[1]?.resolve()
  await new Promise((resolve) => setImmediate(resolve))
  settles[2]?.reject(new Error('two'))
  await new Promise((resolve) => setImmediate(resolve))
  expect(status('a')).toMatchObject({ pending: 1, errors: 2, enabled: true })
  settles[3]?.reject(new Error('three'))
  await new Promise((resolve) => setImmediate(resolve))
  expect(status('a')).toMatchObject({
    pending: 0,
    errors: 3,
    enabled: false,
    reason: 'rejected at step 3, train_step_end: Error: three',
  })
  expect(logged.some((line) => line.startsWith('[cb a] rejected at step 0, train_step_end: Error: one'))).toBe(true)
  expect(submitted).toHaveLength(1)
})

test('a thousand pending promises are reported once', () => {
  const { exports, load, step, logged } = openBare()
  exports['A'] = () => ({ handle: () => new Promise<void>(() => {}) })
  load('a', 'A')
  for (let at = 0; at < 999; at++) step(at)
  expect(logged).toEqual([])
  for (let at = 999; at < 1100; at++) step(at)
  expect(logged).toEqual([expect.stringMatching(/^\[cb a\] 1000 of its promises are pending/)])
})

test('a rejection in an instance that was replaced is logged, and does not count for the new one', async () => {
  const { exports, load, apply, step, status, logged } = openBare()
  let fail: (error: Error) => void = () => {}
  exports['A'] = () => ({ handle: () => new Promise<void>((_resolve, reject) => (fail = reject)) })
  load('a', 'A')
  step(0)
  const late = fail
  load('a', 'A')
  late(new Error('late'))
  await new Promise((resolve) => setImmediate(resolve))
  expect(status('a')).toMatchObject({ enabled: true, errors: 0 })
  expect(logged.join('\n')).toContain('[cb a] rejected after it was unloaded or replaced: Error: late')
  step(1)
  apply('unload', 'a')
  fail(new Error('later'))
  await new Promise((resolve) => setImmediate(resolve))
  expect(logged.join('\n')).toContain('rejected after it was unloaded or replaced: Error: later')
})

test('`onAttach` is called once before the first event, with the env of that event', () => {
  const seen: string[] = []
  const { exports, load, step } = openBare()
  exports['A'] = () => ({
    onAttach: (env: CallbackEnv) => void seen.push(`attach ${env.step}`),
    handle: (_event: string, env: CallbackEnv) => void seen.push(`handle ${env.step}`),
  })
  load('a', 'A')
  step(3)
  step(4)
  expect(seen).toEqual(['attach 3', 'handle 3', 'handle 4'])
})

test('a callback\u2019s log lines have its name, and lines from outside a callback have none', () => {
  let kept: CallbackEnv | undefined
  const { exports, load, step, logged, submitted } = openBare()
  exports['A'] = () => ({
    handle(_event: string, env: CallbackEnv) {
      kept = env
      env.log('one\ntwo')
      env.submit({ module: 'opt', op: 'set', params: { lr: 1 } })
      env.submit({ module: 'opt', op: 'set', params: { lr: 2 }, note: 'own', source: 'kernel' } as never)
    },
  })
  load('a', 'A')
  step(0)
  kept?.log(5 as never)
  kept?.submit({ module: 'opt', op: 'set' })
  expect(logged).toEqual(['[cb a] one', '[cb a] two', '5'])
  expect(submitted.map(({ note, source }) => [note, source])).toEqual([
    ['callback a', undefined],
    ['own', undefined],
    [undefined, undefined],
  ])
})

test('a guard is notified at the beginning and end of every call, and during a load under the name of the new instance', () => {
  const seen: string[] = []
  const plain = plainGuard()
  const guard = {
    ...plain,
    begin: (step: number) => void seen.push(`begin ${step}`),
    enter: (caller: { id: string; number: number }) => {
      seen.push(`enter ${caller.id}`)
      plain.enter(caller)
    },
    leave: () => {
      seen.push('leave')
      plain.leave()
    },
    open: () => void seen.push('open'),
    add: ({ id }: { id: string }) => void seen.push(`add ${id}`),
    close: () => void seen.push('close'),
  }
  const bare = openBare({}, { guard })
  bare.exports['A'] = () => ({ handle: () => void seen.push(`handle ${plain.current()?.id}`) })
  bare.step(1)
  expect(seen).toEqual([])
  bare.load('a', 'A')
  expect(seen.splice(0, 2)).toEqual(['open', 'add a'])
  expect(seen.splice(0).filter((line) => line !== 'begin 0')).toEqual(['enter a', 'leave', 'enter a', 'leave'])
  bare.load('b', 'A')
  seen.length = 0
  bare.step(2)
  expect(seen.splice(0)).toEqual(['begin 2', 'enter a', 'handle a', 'enter b', 'handle b', 'leave'])
  expect(plain.current()).toBe(undefined)
  bare.module.close?.()
  expect(seen.at(-1)).toBe('close')
})

test('stray errors that a guard reports disable their callback, and an exit of the process is logged', () => {
  type Leaked = Parameters<ReturnType<typeof plainGuard>['open']>[0]
  let leaked: Leaked = () => {}
  const bare = openBare({}, { guard: { ...plainGuard(), open: (given) => (leaked = given) } })
  bare.exports['A'] = () => ({ handle: () => {} })
  const numbers = ['a', 'b', 'c'].map((id) => {
    bare.load(id, 'A')
    return bare.requests.at(-1)?.caller ?? { id, number: -1 }
  })
  bare.step(7)
  leaked(numbers[0] ?? { id: '', number: 0 }, new Error('lost'), 'rejection')
  leaked(numbers[1] ?? { id: '', number: 0 }, new Error('thrown'), 'exception')
  leaked(numbers[2] ?? { id: '', number: 0 }, 5, 'exit')
  expect(bare.status('a')).toMatchObject({ reason: 'leaked a rejection at step 7: Error: lost' })
  expect(bare.status('b')).toMatchObject({ reason: 'leaked an exception at step 7: Error: thrown' })
  expect(bare.status('c')).toMatchObject({ enabled: true })
  expect(bare.logged.at(-1)).toBe('[cb c] terminated the process with code 5 at step 7')
})

test('limits must be at least 0', () => {
  const ports = {
    loader: { load: () => ({ ok: false, error: '', traceback: null }) as const },
    now: () => 0,
    guard: plainGuard(),
  }
  for (const name of ['maxErrors', 'maxCallMs', 'maxShare']) {
    for (const value of [-1, Number.NaN]) {
      expect(() => createCallbackModule(ports, { [name]: value })).toThrow(
        new RangeError(`\`${name}\` must be a number >= 0, got ${value}`),
      )
    }
    expect(() => createCallbackModule(ports, { [name]: 0 })).not.toThrow()
  }
})

test('a snapshot keeps a callback that was disabled without a ledger line, and a restore disables it again', () => {
  const make = (): ReturnType<typeof openBare> => {
    const bare = openBare()
    bare.exports['Bad'] = () => ({
      handle() {
        throw new Error('boom')
      },
    })
    bare.exports['Good'] = (): HotCallback => ({ handle: () => {}, snapshot: () => 1 })
    return bare
  }
  const first = make()
  first.load('bad', 'Bad')
  first.load('good', 'Good')
  first.step(0)
  const snapshot = first.module.snapshot?.() ?? null
  expect(snapshot).toEqual({ callbacks: { good: 1 }, tripped: { bad: 'threw at step 0, train_step_end: Error: boom' } })
  first.apply('disable', 'bad')
  expect(first.module.snapshot?.()).toMatchObject({ tripped: {} })
  const second = make()
  second.load('bad', 'Bad')
  second.load('good', 'Good')
  second.module.restore?.(snapshot)
  expect(second.status('bad')).toMatchObject({ enabled: false, reason: 'threw at step 0, train_step_end: Error: boom' })
  expect(second.submitted).toEqual([])
  second.step(1)
  expect(second.submitted).toMatchObject([{ op: 'disable', id: 'bad' }])
  expect(second.status('bad')).toMatchObject({ calls: 0 })
  for (const strange of [null, 3, [], { callbacks: 3, tripped: 4 }, { tripped: { other: 1 } }]) {
    expect(() => second.module.restore?.(strange)).not.toThrow()
  }
})
