import { expect, test } from 'vitest'
import { floatActuator, mutableState } from '../src/index.ts'
import { refusal, set, switchOp } from './support.ts'

/** Three numbers; setters throw while they are told to. */
function fragile(): {
  readonly values: Record<string, number>
  readonly stuck: Set<string>
  readonly state: ReturnType<typeof mutableState>
} {
  const values: Record<string, number> = { a: 1, b: 1, c: 1 }
  const stuck = new Set<string>()
  const controls = Object.keys(values).map((key) =>
    floatActuator({
      key,
      get: () => values[key] ?? 0,
      set: (value) => {
        // It writes a part before it fails, as real ones do.
        values[key] = value
        if (stuck.has(key) || stuck.has(`${key}=${value}`)) throw new Error(`${key} is stuck`)
      },
    }),
  )
  return { values, stuck, state: mutableState(controls) }
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

test('a put-back that throws disables its key and names it, once', () => {
  const { values, stuck, state } = fragile()
  stuck.add('a=1').add('b=2')
  const { version } = state
  expect(refusal(set(state, { a: 2, b: 2 }))).toBe(
    'apply_fn_exception: `b`: b is stuck; `a` could not be put back and is disabled: a is stuck',
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
  stuck.add('a')
  set(state, { a: 3 }, 1)
  expect(state.takeBroken()).toEqual(['a'])
  state.tick(2)
  expect(state.describe(2)[0]).toMatchObject({ param_key: 'a', state: 'disabled' })
})

test('what broke can be enabled again and works', () => {
  const { values, stuck, state } = fragile()
  stuck.add('a')
  set(state, { a: 2 })
  stuck.clear()
  expect(state.apply(switchOp('enable', { key: 'a' }), { step: 1, total: null })).toEqual({
    ok: true,
    payload: { key: 'a' },
    old: { key: 'a' },
  })
  expect(set(state, { a: 5 }, 1)).toEqual({ ok: true, payload: { a: 5 }, old: { a: 1 } })
  expect(values.a).toBe(5)
})

test('what is thrown need not be an Error', () => {
  const control = floatActuator({
    key: 'x',
    get: () => 1,
    set: (value) => {
      if (value === 2) throw 'no'
    },
  })
  expect(refusal(set(mutableState([control]), { x: 2 }))).toBe('apply_fn_exception: `x`: no')
})
