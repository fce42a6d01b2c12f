import type { Json } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import type { CallbackEnv, HotCallback } from '../src/index.ts'
import { openBare } from './bare-module.ts'

/** A callback that stores the values that it receives. */
function keeping(list: unknown[], more: Partial<HotCallback> = {}): () => HotCallback {
  return () => ({ handle: (event, env) => void list.push(`${event} ${env.step}`), ...more })
}

test('an op that the module does not have fails with the list of its ops', () => {
  expect(openBare().apply('drop', 'a')).toMatchObject({
    ok: false,
    error: '`op` must be one of load, unload, enable, disable, set_params, got `drop`',
  })
})

test('enable and disable report whether they changed anything, and only a change can be reverted', () => {
  const { exports, load, apply, status } = openBare()
  exports['A'] = keeping([])
  load('a', 'A')
  expect(apply('enable', 'a')).toEqual({
    ok: true,
    payload: { enabled: true },
    old: null,
    notes: 'it was already enabled',
  })
  expect(apply('disable', 'a')).toEqual({ ok: true, payload: { enabled: false }, old: {}, notes: null })
  expect(apply('disable', 'a')).toEqual({
    ok: true,
    payload: { enabled: false },
    old: null,
    notes: 'it was already disabled',
  })
  expect(apply('enable', 'a')).toEqual({ ok: true, payload: { enabled: true }, old: {}, notes: null })
  expect(status('a')).toMatchObject({ enabled: true, reason: null })
})

test('the error for an id that is not loaded lists similar ids, or the first twelve, or states that there are none', () => {
  const { exports, load, apply } = openBare()
  exports['A'] = keeping([])
  const reason = (op: string, id: string): unknown => {
    const outcome = apply(op, id)
    return outcome.ok ? outcome : outcome.error
  }
  expect(reason('enable', 'x')).toBe('no callback `x` is loaded: there are no callbacks')
  for (let i = 10; i < 23; i++) load(`callback${i}`, 'A')
  expect(reason('disable', 'callback100')).toMatch(/^no callback `callback100` is loaded: did you mean `callback1/)
  const listed = reason('unload', 'zzz')
  expect(listed).toMatch(/^no callback `zzz` is loaded: choose from callback10, .*, callback21$/)
})

test('an unload that is re-applied from history may find nothing loaded', () => {
  const { apply } = openBare()
  expect(apply('unload', 'x', {}, 'history')).toEqual({ ok: true, payload: { loaded: false } })
  expect(apply('unload', 'x', {}, 'recipe')).toMatchObject({ ok: false })
})

test('stored parameters are merged, have an old value if there was one, and are removed by unload', () => {
  const { apply, status } = openBare()
  expect(apply('set_params', 'a', { params: {} })).toMatchObject({
    ok: false,
    error: '`params` must contain at least one parameter',
  })
  expect(apply('set_params', 'a')).toMatchObject({ ok: false })
  expect(apply('set_params', 'a', { params: { x: 1 } })).toMatchObject({ ok: true, old: null, payload: { x: 1 } })
  expect(apply('set_params', 'a', { params: { x: 2, y: 3 } })).toMatchObject({ ok: true, old: null })
  expect(apply('set_params', 'a', { params: { x: 4 } })).toMatchObject({ ok: true, old: { x: 2 } })
  expect(status('a')).toEqual({ enabled: false, loaded: false, last_params: { x: 4, y: 3 } })
  expect(apply('unload', 'a')).toMatchObject({ ok: true, payload: { loaded: false }, old: null })
  expect(apply('unload', 'a')).toMatchObject({ ok: false })
})

test('the old value of a parameter comes from the last `set_params`, or from `init`, `getParams` or a field', () => {
  const { exports, load, apply } = openBare()
  exports['A'] = () => ({
    handle: () => {},
    setParams: () => {},
    getParams: () => ({ told: 1 }),
    field: 'f',
    object: {},
  })
  load('a', 'A', { init: { given: 5 } })
  const old = (params: Record<string, Json>): unknown => {
    const outcome = apply('set_params', 'a', { params })
    return outcome.ok ? outcome.old : outcome.error
  }
  expect(old({ told: 2, given: 6, field: 'g' })).toEqual({ told: 1, given: 5, field: 'f' })
  expect(old({ told: 3, given: 7, field: 'h' })).toEqual({ told: 2, given: 6, field: 'g' })
  expect(apply('set_params', 'a', { params: { told: 4, object: 1 } })).toMatchObject({
    old: null,
    notes: 'the previous values are unknown, so this cannot be reverted',
  })
})

test('after a partial refusal the parameters are restored, and a failure to restore them is noted', () => {
  const set: unknown[] = []
  const { exports, load, apply, status } = openBare()
  exports['A'] = () => ({
    handle: () => {},
    setParams(params: Record<string, Json>) {
      set.push(params)
      if (params['x'] === 2) throw new RangeError('not 2')
      if (params['x'] === 1 && set.length > 1) throw new Error('nor 1 again')
    },
  })
  load('a', 'A', { init: { x: 0 } })
  expect(apply('set_params', 'a', { params: { x: 2 } })).toMatchObject({
    ok: false,
    error: 'RangeError: not 2',
    notes: null,
  })
  expect(set.splice(0)).toEqual([{ x: 2 }, { x: 0 }])
  apply('set_params', 'a', { params: { x: 1 } })
  expect(apply('set_params', 'a', { params: { x: 2 } })).toMatchObject({
    ok: false,
    notes: 'restoring x failed as well: Error: nor 1 again',
  })
  expect(status('a')).toMatchObject({ last_params: { x: 1 } })
})

test('a callback receives copies of its init and parameters, and the module keeps the originals', () => {
  const given: Record<string, Record<string, Json>> = {}
  const { exports, load, apply, status } = openBare()
  exports['A'] = (init: Record<string, Json>) => {
    given['init'] = init
    return { handle: () => {}, setParams: (params: Record<string, Json>) => void Object.assign(given, { params }) }
  }
  load('a', 'A', { init: { list: [1] } })
  apply('set_params', 'a', { params: { list: [2] } })
  expect(given['init']).toEqual({ id: 'a', list: [1] })
  for (const values of Object.values(given)) if (Array.isArray(values['list'])) values['list'].push(9)
  expect(status('a')).toMatchObject({ init: { list: [1] }, last_params: { list: [2] } })
})

test('a class is constructed, a function is called, and an object is used as it is', () => {
  const seen: string[] = []
  const { exports, load, step, logged } = openBare({ maxErrors: 0 })
  class Own {
    readonly word = 'class'
    handle(): void {
      seen.push(this.word)
    }
  }
  class Bare {}
  function old(this: { word: string } | undefined): HotCallback {
    return { handle: () => void seen.push(`function ${this === undefined}`) }
  }
  Object.assign(exports, { Own, old, plain: { handle: () => void seen.push('object') }, arrow: keeping(seen) })
  for (const symbol of ['Own', 'old', 'plain', 'arrow']) expect(load(symbol, symbol)).toMatchObject({ ok: true })
  step(3)
  expect(seen).toEqual(['class', 'function true', 'object', 'train_step_end 3'])
  expect(logged).toEqual([])
  const wrong: Record<string, unknown> = {
    Bare,
    number: 3,
    nothing: () => null,
    text: () => 'x',
    promise: async () => ({}),
  }
  Object.assign(exports, wrong)
  const errors = Object.keys(wrong).map((symbol) => {
    const outcome = load(symbol, symbol)
    return outcome.ok ? 'loaded' : outcome.error
  })
  expect(errors).toEqual([
    expect.stringContaining('`Bare` must return an object with `handle`, got an object without it'),
    expect.stringContaining('`number` must return an object with `handle`, got a number'),
    expect.stringContaining('`nothing` must return an object with `handle`, got null'),
    expect.stringContaining('`text` must return an object with `handle`, got a string'),
    expect.stringContaining('`promise` is an async factory'),
  ])
})

test('the spellings of hotcb 2 work, and can use the fields of the callback', () => {
  const seen: unknown[] = []
  class Old {
    #word = 'first'
    handle(event: string): void {
      seen.push(`${event} ${this.#word}`)
    }
    set_params({ word }: { word: string }): void {
      this.#word = word
    }
    on_attach(env: CallbackEnv): void {
      seen.push(`attached ${env.step} ${this.#word}`)
    }
    getParams(): Record<string, Json> {
      return { word: this.#word }
    }
    snapshot(): Json {
      return this.#word
    }
    restore(word: Json): void {
      this.#word = String(word)
    }
    flush(): void {
      seen.push(`flushed ${this.#word}`)
    }
    close(): void {
      seen.push(`closed ${this.#word}`)
    }
  }
  const { exports, load, apply, step, module } = openBare()
  Object.assign(exports, { Old })
  load('a', 'Old')
  expect(apply('set_params', 'a', { params: { word: 'second' } })).toMatchObject({ ok: true, old: { word: 'first' } })
  step(4)
  expect(module.snapshot?.()).toEqual({ callbacks: { a: 'second' }, tripped: {} })
  module.restore?.({ callbacks: { a: 'third' } })
  module.flush?.()
  module.close?.()
  expect(seen).toEqual(['attached 4 second', 'train_step_end second', 'flushed third', 'closed third'])
})

test('a revert of a load or an unload contains everything that is needed to load the callback again', () => {
  const { exports, load, apply, status } = openBare()
  exports['A'] = () => ({ handle: () => {}, setParams: () => {} })
  const target = { kind: 'file', path: 'a.mjs', symbol: 'A' }
  expect(load('a', 'A', { init: { x: 1 } })).toEqual({
    ok: true,
    payload: { target, init: { x: 1 }, enabled: true },
    old: null,
    notes: null,
  })
  apply('set_params', 'a', { params: { y: 2 } })
  apply('disable', 'a')
  const whole = { target, init: { x: 1 }, enabled: false, params: { y: 2 } }
  expect(load('a', 'A', { init: { x: 3 }, enabled: false })).toMatchObject({
    payload: { params: { y: 2 } },
    old: whole,
  })
  const { old } = apply('unload', 'a') as { old: Record<string, Json> }
  expect(old).toEqual({ ...whole, init: { x: 3 } })
  expect(apply('load', 'a', { params: old })).toMatchObject({ ok: true, payload: { ...whole, init: { x: 3 } } })
  expect(status('a')).toMatchObject({ enabled: false, init: { x: 3 }, last_params: { y: 2 } })
})

test.each([
  [{}, 'null'],
  [{ target: 'a.mjs' }, '"a.mjs"'],
  [{ target: { kind: 'folder', path: 'a', symbol: 'A' } }, '{"kind":"folder"'],
  [{ target: { kind: 'file', path: 1, symbol: 'A' } }, '{"kind":"file"'],
  [{ target: { kind: 'file', path: 'a' } }, '{"kind":"file"'],
])('a load with the params %j is refused because it has no target', (params, shown) => {
  const outcome = openBare().apply('load', 'a', { params: params as never })
  expect(outcome).toMatchObject({
    ok: false,
    error: expect.stringMatching(/^`target` must be \{kind: file\|module, path, symbol\}, got /),
  })
  expect(outcome).toMatchObject({ error: expect.stringContaining(`got ${shown}`) })
})

test('a load request has the target and the channel, and a capture only if it is complete', () => {
  const { exports, apply, requests } = openBare()
  exports['A'] = keeping([])
  const target = { kind: 'module', path: 'pkg', symbol: 'A' } as const
  const capture = { sha256: 'ff', captured_path: 'x' }
  apply('load', 'a', { params: { target, source_capture: capture } }, 'recipe')
  apply('load', 'a', { params: { target, source_capture: { sha256: 'ff' } } })
  apply('load', 'a', { params: { target, source_capture: { captured_path: 'x' } } })
  apply('load', 'a', { target, source_capture: capture })
  expect(requests.map((request) => [request.channel, request.capture])).toEqual([
    ['recipe', capture],
    ['live', null],
    ['live', null],
    ['live', capture],
  ])
  expect(requests[0]).toMatchObject({ target, caller: { id: 'a' } })
})
