import type { HotModule, ModuleContext, Op, Outcome } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { createRouter } from '../src/router.ts'
import { toyTrainer } from './run-dir.ts'

const AT = { step: 3, total: 9 }

function context(channel: ModuleContext['channel'] = 'live'): ModuleContext {
  return { channel, submit: () => null, isCatchingUp: false, controls: [], total: null, log: () => undefined, step: 3 }
}

function op(module: string, word = 'set_params', params: Op['params'] = null, id = 'main'): Op {
  return { module, op: word, id, params }
}

/** The outcome that the kernel builds from a module's outcome. A module may be external code. */
function routed(given: unknown): Outcome {
  const module: HotModule = { name: 'm', applyOp: () => given as Outcome }
  return createRouter([module], null).route(op('m'), context(), AT)
}

test('an op reaches the module of its name with its context, or the controls', () => {
  const seen: unknown[] = []
  const module: HotModule = {
    name: 'opt',
    applyOp(given, at) {
      seen.push(given, at)
      return { ok: true, payload: null }
    },
  }
  const { optimizer, state } = toyTrainer()
  const ask = op('opt', 'set_params', { lr: 0.5 })
  const at = context()
  const own = createRouter([module], state)
  expect(own.route(ask, at, AT)).toEqual({ ok: true, payload: null, old: null })
  expect(seen).toEqual([ask, at])
  expect([own.isControls('opt'), own.isControls('loss'), own.stateOf(ask)]).toEqual([false, true, null])
  expect(optimizer.paramGroups[0]?.lr).toBe(0.1)

  const router = createRouter([{ name: 'opt' }], state)
  expect(router.route(ask, at, AT)).toMatchObject({ ok: true, payload: { lr: 0.5 } })
  expect([router.isControls('opt'), router.stateOf(ask)]).toEqual([true, state])
  expect(optimizer.paramGroups[0]?.lr).toBe(0.5)
})

test('an op for a module that does not exist fails, with the nearest name', () => {
  const router = createRouter([{ name: 'tune', applyOp: () => ({ ok: true, payload: null }) }], null)
  expect(router.route(op('cb'), context(), AT)).toEqual({ ok: false, error: 'this trainer has no module `cb`' })
  const callbacks = createRouter([{ name: 'cc', applyOp: () => ({ ok: true, payload: null }) }], null)
  expect(callbacks.route(op('cb'), context(), AT)).toEqual({
    ok: false,
    error: 'this trainer has no module `cb`: did you mean `cc`?',
  })
  expect(router.route(op('loss'), context(), AT)).toEqual({
    ok: false,
    error: 'no_mutable_state: this trainer registered no controls for module `loss`',
  })
})

test('a control receives the step and the total of the place', () => {
  const { state } = toyTrainer()
  const seen: unknown[] = []
  const apply: typeof state.apply = (given, at) => {
    seen.push(given, at)
    return { ok: true, payload: null }
  }
  const ask = op('opt', 'set_params', { lr: 0.5 })
  createRouter([], { ...state, apply }).route(ask, context(), AT)
  expect(seen).toEqual([ask, AT])
})

test('a live command cannot set the rate with two keys; an entry of a history or a recipe can', () => {
  const { state } = toyTrainer({ schedule: () => 0.1 })
  const router = createRouter([], state)
  const both = op('opt', 'set_params', { lr: 0.2, scheduler_scale: 2 })
  expect(router.route(both, context('live'), AT)).toEqual({
    ok: false,
    error: '`lr` and `scheduler_scale` cannot be set together: both set the learning rate',
  })
  expect(router.route(both, context('history'), AT)).toMatchObject({ ok: true })
  expect(router.route(op('opt', 'disable', { lr: 0.2, scheduler_scale: 2 }), context('live'), AT)).not.toMatchObject({
    error: expect.stringContaining('together'),
  })
})

test('controls that throw fail the op with the message and the stack', () => {
  const { state } = toyTrainer()
  const broken = {
    ...state,
    apply: () => {
      throw new Error('stuck')
    },
  }
  expect(createRouter([], broken).route(op('opt'), context(), AT)).toMatchObject({
    ok: false,
    error: 'stuck',
    traceback: expect.stringContaining('router.test'),
  })
})

test('an outcome of a module is copied, with its notes, what it touched and its ranks', () => {
  const payload = { lr: 1 }
  const given = { ok: true, payload, old: { lr: 2 }, notes: 'n', touched: ['a', 'b'], ranks: [0, 2], more: 1 }
  const { more: _, ...rest } = given
  const outcome = routed(given)
  expect(outcome).toEqual(rest)
  payload.lr = 7
  expect(outcome).toMatchObject({ payload: { lr: 1 } })
  expect(routed({ ok: true })).toEqual({ ok: true, payload: null, old: null })
  expect(routed({ ok: true, payload: null, old: null })).toEqual({ ok: true, payload: null, old: null })
})

test('notes that are not text, and lists that are empty or of the wrong kind, count as absent', () => {
  const bare = { ok: true, payload: null, old: null }
  for (const wrong of [
    { notes: 7 },
    { touched: [] },
    { touched: ['a', 1] },
    { touched: 'a' },
    { touched: { 0: 'a' } },
  ]) {
    expect(routed({ ok: true, ...wrong })).toEqual(bare)
  }
  for (const ranks of [[], ['1'], [0.5], [1, null], 3]) expect(routed({ ok: true, ranks })).toEqual(bare)
})

test('a failed outcome keeps its reason, stack and notes; a missing reason is reported', () => {
  const nameless = 'module `m` failed without giving a reason'
  expect(routed({ ok: false, error: 'no', traceback: 'at x', notes: 'n', ranks: [1], payload: {} })).toEqual({
    ok: false,
    error: 'no',
    traceback: 'at x',
    notes: 'n',
    ranks: [1],
  })
  for (const error of ['', 7, undefined]) {
    expect(routed({ ok: false, error, traceback: 7 })).toEqual({ ok: false, error: nameless, traceback: null })
  }
  // Only `true` is a success.
  expect(routed({ ok: 1, payload: {} })).toEqual({ ok: false, error: nameless, traceback: null })
  expect(routed({})).toEqual({ ok: false, error: nameless, traceback: null })
})

test('a result that is not an outcome, or that the ledger cannot store, fails the op', () => {
  for (const given of [undefined, null, 'ok', 3]) {
    expect(routed(given)).toEqual({ ok: false, error: 'module `m` returned no outcome' })
  }
  const cannot = 'module `m` returned a value that the ledger cannot store: '
  expect(routed({ ok: true, payload: [1] })).toEqual({ ok: false, error: `${cannot}expected an object, got [1]` })
  expect(routed({ ok: true, payload: {}, old: 'x' })).toEqual({
    ok: false,
    error: `${cannot}expected an object, got "x"`,
  })
  expect(routed({ ok: true, payload: { a: 1n } })).toMatchObject({ error: expect.stringContaining(`${cannot}`) })
  expect(routed({ ok: true, payload: { a: Number.NaN } })).toMatchObject({ ok: true, payload: { a: null } })
  const promise = { error: expect.stringContaining('module `m`') }
  expect(routed(Promise.resolve({ ok: true }))).toMatchObject({ ok: false, ...promise })
})

test('a value is accepted up to the depth that fits into a ledger line', () => {
  const nested = (levels: number): unknown => (levels === 0 ? 1 : { a: nested(levels - 1) })
  const deepest = Array.from({ length: 200 }, (_, i) => i + 1).filter(
    (levels) => routed({ ok: true, payload: nested(levels) }).ok,
  )
  expect(deepest.length).toBe(99)
  expect(deepest.at(-1)).toBe(99)
})

test('a module that throws fails the op with the message and the stack', () => {
  const module: HotModule = {
    name: 'm',
    applyOp: () => {
      throw new TypeError('bad gain')
    },
  }
  expect(createRouter([module], null).route(op('m'), context(), AT)).toMatchObject({
    ok: false,
    error: 'bad gain',
    traceback: expect.stringMatching(/^TypeError: bad gain\n/),
  })
})

test('the keys of a change are its controls, its switches, or the handle of a module', () => {
  const { state } = toyTrainer()
  const gad: HotModule = { name: 'gad', applyOp: () => ({ ok: true, payload: null }) }
  const router = createRouter([gad], state)
  expect(router.keys(op('opt', 'set_params', { lr: 1, momentum: 0 }))).toEqual(['lr', 'momentum'])
  expect(router.keys(op('opt', 'set_params', { lr: 1 }), { momentum: 0 })).toEqual(['momentum'])
  expect(router.keys(op('opt', 'set_params'))).toEqual([])
  expect(router.keys(op('opt', 'disable', { key: 'lr' }))).toEqual(['lr#enabled'])
  expect(router.keys(op('opt', 'disable', { keys: ['lr', 7] }))).toEqual(['lr#enabled', '7#enabled'])
  expect(router.keys(op('opt', 'disable'))).toEqual(['main#enabled'])
  expect(router.keys(op('gad', 'load', { a: 1 }, 'g'))).toEqual(['gad:g'])
  expect(router.keys(op('gad', 'set_params', { a: 1 }, 'g'))).toEqual(['gad:g:a'])
  expect(createRouter([], null).keys(op('opt', 'set_params', { lr: 1 }))).toEqual(['opt:main:lr'])
})
