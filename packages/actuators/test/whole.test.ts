import { describe, expect, test } from 'vitest'
import { createMutableState, floatActuator, optimizerActuators } from '../src/index.ts'
import { refusal, set, switchOp } from './support.ts'

/** Three numbers; setters throw on request. */
function fragile(): {
  readonly values: Record<string, number>
  readonly stuck: Set<string>
  readonly state: ReturnType<typeof createMutableState>
} {
  const values: Record<string, number> = { a: 1, b: 1, c: 1 }
  const stuck = new Set<string>()
  const controls = Object.keys(values).map((key) =>
    floatActuator({
      key,
      get: () => values[key] ?? 0,
      set: (value) => {
        // It writes part of the value before it fails, as real setters do.
        values[key] = value
        if (stuck.has(key) || stuck.has(`${key}=${value}`)) throw new Error(`${key} is stuck`)
      },
    }),
  )
  return { values, stuck, state: createMutableState(controls) }
}

test('a setter that throws half-way leaves every value as it was, itself included', () => {
  const { values, stuck, state } = fragile()
  stuck.add('b=2')
  const before = state.snapshot()
  expect(refusal(set(state, { a: 2, b: 2, c: 2 }))).toBe('apply_fn_exception: `b`: b is stuck')
  expect(values).toEqual({ a: 1, b: 1, c: 1 })
  expect(state.snapshot()).toEqual(before)
  expect(state.takeBroken()).toEqual([])
})

test('a restore that throws disables its key and reports it once', () => {
  const { values, stuck, state } = fragile()
  stuck.add('a=1').add('b=2')
  const { version } = state
  expect(refusal(set(state, { a: 2, b: 2 }))).toBe(
    'apply_fn_exception: `b`: b is stuck; `a` could not be restored and is disabled: a is stuck',
  )
  expect([values.b, values.c]).toEqual([1, 1])
  expect([state.takeBroken(), state.takeBroken()]).toEqual([['a'], []])
  expect(state.version).toBeGreaterThan(version)
  expect(state.describe(0).map(({ param_key: key, state: shown }) => [key, shown])).toEqual([
    ['a', 'disabled'],
    ['b', 'untouched'],
    ['c', 'untouched'],
  ])
  expect(refusal(set(state, { a: 3 }))).toBe('actuator_disabled: `a` is disabled: enable it first')
})

test('a control that broke while it waited to be verified stays disabled', () => {
  const { stuck, state } = fragile()
  set(state, { a: 2 }, 0)
  stuck.add('a=2').add('b=3')
  set(state, { a: 3, b: 3 }, 1)
  expect(state.takeBroken()).toEqual(['a'])
  state.tick(2)
  expect(state.describe(2)[0]).toMatchObject({ param_key: 'a', state: 'disabled' })
})

test('a setter that refuses every value fails the op, and its control stays enabled', () => {
  let attempts = 0
  const control = floatActuator({
    key: 'x',
    get: () => 1,
    set: () => {
      attempts++
      throw new Error('read-only')
    },
  })
  const state = createMutableState([control])
  expect(refusal(set(state, { x: 2 }))).toBe('apply_fn_exception: `x`: read-only')
  expect([attempts, state.takeBroken(), state.describe(0)[0]?.state]).toEqual([2, [], 'untouched'])
})

test('a setter that wrote part of a value and cannot restore it is reported', () => {
  const held = { value: 1 }
  const control = floatActuator({
    key: 'x',
    get: () => held.value,
    set: (value) => {
      if (value === 1) throw new Error('no way back')
      held.value = value / 2
      throw new Error('half done')
    },
  })
  expect(refusal(set(createMutableState([control]), { x: 4 }))).toBe(
    'apply_fn_exception: `x`: half done; `x` may have been partly written, and could not be restored: no way back',
  )
})

test('a broken control can be enabled again and works', () => {
  const { values, stuck, state } = fragile()
  stuck.add('a=1').add('b=2')
  set(state, { a: 2, b: 2 })
  stuck.clear()
  expect(state.apply(switchOp('enable', { key: 'a' }), { step: 1, total: null })).toEqual({
    ok: true,
    payload: { key: 'a' },
    old: { key: 'a' },
  })
  expect(set(state, { a: 5 }, 1)).toEqual({ ok: true, payload: { a: 5 }, old: { a: 1 } })
  expect(values.a).toBe(5)
})

describe('values that were set before are restored, whatever a setter throws', () => {
  const unreadable = new Proxy(new Error('hidden'), {
    get: () => {
      throw new Error('trapped')
    },
    getPrototypeOf: () => {
      throw new Error('trapped')
    },
  })
  const mute = new Error('unused')
  Object.defineProperty(mute, 'message', {
    get: () => {
      throw new Error('no message')
    },
  })
  const cases: readonly (readonly [what: string, thrown: unknown, said: string])[] = [
    ['text', 'no', 'no'],
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a symbol', Symbol('why'), 'Symbol(why)'],
    ['an object without text', Object.create(null), '{}'],
    [
      'an object whose text throws',
      {
        toString: () => {
          throw new Error('no text')
        },
        self: 1n,
      },
      'an object without text',
    ],
    ['an error that is not an `Error`', { message: 'of another realm' }, 'of another realm'],
    ['an error without a message', new TypeError(''), 'TypeError'],
    ['an error of several lines', new Error('first\n  second'), 'first second'],
    ['an error whose message throws', mute, 'a thrown value that has no text'],
    ['a proxy that throws when it is read', unreadable, 'a thrown value that has no text'],
    ['a revoked proxy', revoked(), 'a thrown value that has no text'],
  ]
  for (const [what, thrown, said] of cases) {
    test(what, () => {
      const values = { a: 1, b: 1 }
      const control = (key: 'a' | 'b', before: (value: number) => void) =>
        floatActuator({
          key,
          get: () => values[key],
          set: (value) => {
            before(value)
            values[key] = value
          },
        })
      const fails = (value: number): void => {
        if (value === 2) throw thrown
      }
      const state = createMutableState([control('a', () => undefined), control('b', fails)])
      expect(refusal(set(state, { a: 5, b: 2 }))).toBe(`apply_fn_exception: \`b\`: ${said}`)
      expect([values, state.takeBroken()]).toEqual([{ a: 1, b: 1 }, []])
    })
  }
})

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

test('a setter that returns a promise is refused, and values that were set before are restored', async () => {
  const values = { a: 1, b: 1 }
  const later: number[] = []
  const state = createMutableState([
    floatActuator({
      key: 'a',
      get: () => values.a,
      set: (value) => {
        values.a = value
      },
    }),
    floatActuator({
      key: 'b',
      get: () => values.b,
      set: async (value) => {
        later.push(value)
        await Promise.resolve()
        throw new Error('too late')
      },
    }),
  ])
  const unhandled: unknown[] = []
  const listen = (reason: unknown): void => void unhandled.push(reason)
  process.on('unhandledRejection', listen)
  expect(refusal(set(state, { a: 5, b: 2 }))).toBe(
    'apply_fn_exception: `b`: its setter returned a promise: it must be synchronous',
  )
  expect([values, later, state.takeBroken()]).toEqual([{ a: 1, b: 1 }, [2, 1], []])
  // Node reports unhandled rejections after the microtasks of a turn.
  await new Promise((resolve) => setImmediate(resolve))
  process.off('unhandledRejection', listen)
  expect(unhandled).toEqual([])
})

test('any thenable counts as a promise, even one whose `then` throws', async () => {
  for (const thenable of [
    // biome-ignore lint/suspicious/noThenProperty: a thenable is what is tested
    { then: (_: unknown, reject: (reason: unknown) => void) => reject(new Error('no')) },
    {
      // biome-ignore lint/suspicious/noThenProperty: a hostile `then` is what is tested
      get then() {
        throw new Error('no `then` for you')
      },
    },
  ]) {
    const control = floatActuator({ key: 'x', get: () => 1, set: () => thenable as unknown as undefined })
    expect(refusal(set(createMutableState([control]), { x: 2 }))).toMatch(/returned a promise|no `then` for you/)
  }
  await new Promise((resolve) => setImmediate(resolve))
})

test('a getter or a schedule that returns a promise is refused too', () => {
  let wait = false
  const held = { value: 1 }
  const state = createMutableState([
    floatActuator({
      key: 'x',
      get: () => (wait ? (Promise.reject(new Error('later')) as unknown as number) : held.value),
      set: (value) => {
        held.value = value
      },
    }),
  ])
  set(state, { x: 2 }, 0)
  wait = true
  expect(state.tick(1)).toEqual(['`x` could not be verified: its getter returned a promise: it must be synchronous'])
  const schedule = () => Promise.reject(new Error('later')) as unknown as number
  const [rate] = optimizerActuators({ paramGroups: [{ lr: 0.1 }] }, { schedule })
  expect(createMutableState(rate === undefined ? [] : [rate]).tick(1)).toEqual([
    '`lr` could not be updated: the schedule returned a promise: it must be synchronous',
  ])
})

test('changes by a trainer to a list that it received affect neither the ledger nor the fold', () => {
  const group = { lr: 0.1, betas: [0.9, 0.99] }
  const state = createMutableState(optimizerActuators({ paramGroups: [group] }))
  group.betas[0] = 0
  const outcome = set(state, { betas: [0.8, 0.9] })
  expect(outcome).toEqual({ ok: true, payload: { betas: [0.8, 0.9] }, old: { betas: [0.9, 0.99] } })
  group.betas[0] = 0
  expect(state.current('betas', 0)).toEqual([0.8, 0.9])
})

test('a control that can neither be restored nor read may have been partly written', () => {
  let isClosed = false
  const control = floatActuator({
    key: 'x',
    get: () => {
      if (isClosed) throw new Error('closed')
      return 1
    },
    set: () => {
      isClosed = true
      throw new Error('gone')
    },
  })
  expect(refusal(set(createMutableState([control]), { x: 2 }))).toBe(
    'apply_fn_exception: `x`: gone; `x` may have been partly written, and could not be restored: gone',
  )
})

test('ranks that a setter names are part of the outcome, and only those', () => {
  const failing = (error: Error) =>
    floatActuator({
      key: 'x',
      get: () => 1,
      set: () => {
        throw error
      },
    })
  const apply = (error: Error) => set(createMutableState([failing(error)]), { x: 2 })
  expect(apply(Object.assign(new Error('refused'), { ranks: [1, 3] }))).toMatchObject({ ok: false, ranks: [1, 3] })
  expect(Object.keys(apply(new Error('refused')))).toEqual(['ok', 'error'])
})
