import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { choiceActuator, createMutableState } from '@hotcb/actuators'
import { type HotModule, type Json, MAX_DEPTH, type Outcome } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { createKernel } from '../src/index.ts'
import { openKernel } from '../src/node.ts'
import { answers, command, ledger, runDir, toyTrainer } from './run-dir.ts'

function fail(): never {
  throw Object.create(null)
}

function holdsItself(): object {
  const value: Record<string, unknown> = {}
  value['a'] = [value, value]
  return value
}

function nest(depth: number): unknown {
  let value: unknown = 0
  for (let i = 0; i < depth; i++) value = { a: value }
  return value
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

/** Values that a trainer or a module may pass and that a ledger line cannot store. */
const HOSTILE: readonly (readonly [what: string, value: () => unknown])[] = [
  ['an object that contains itself', holdsItself],
  ['an object nested as deep as a ledger line may be', () => nest(MAX_DEPTH)],
  ['an object nested 100,000 deep', () => nest(100_000)],
  ['a BigInt', () => ({ a: 1n })],
  ['a toJSON that throws', () => ({ toJSON: fail })],
  ['a getter that throws', () => Object.defineProperty({}, 'a', { enumerable: true, get: fail })],
  ['a proxy that throws', () => new Proxy({}, { get: fail, ownKeys: fail, getOwnPropertyDescriptor: fail })],
  ['a revoked proxy', revoked],
  ['a symbol', () => Symbol('s')],
  ['a function', () => () => 1],
  ['text', () => 'text'],
]

/** Runs one command on a module, and a second one on a control; returns both decisions. */
function decidedBy(module: Partial<HotModule>): readonly (readonly [decision: string, error: string | null])[] {
  const dir = runDir()
  command(dir, { cid: 'odd', module: 'odd', op: 'do', params: { x: 1 } })
  command(dir, { cid: 'good', module: 'opt', op: 'set_params', params: { lr: 0.5 } })
  for (let start = 0; start < 2; start++) {
    const kernel = openKernel(dir, { state: toyTrainer().state, modules: [{ name: 'odd', ...module }], lookMs: 0 })
    kernel.continueFrom({ step: 0 })
    for (let step = 0; step < 3; step++) kernel.apply({ step }, ['train_step_end'])
    kernel.close()
  }
  expect(ledger(dir).map(({ seq }) => seq)).toEqual(Array.from(ledger(dir), (_, i) => i + 1))
  const state = JSON.parse(readFileSync(join(dir, 'hotcb.state.json'), 'utf8'))
  expect(state).toMatchObject({ closed: true, step: 2 })
  return answers(dir).map(({ decision, error }) => [decision, error])
}

test.each(HOSTILE)(
  'a module that returns %s as its payload or old values fails its command in one line',
  (_what, value) => {
    for (const field of ['payload', 'old']) {
      const applyOp = () => ({ ok: true, payload: { x: 1 }, [field]: value() }) as unknown as Outcome
      const [odd, good] = decidedBy({ applyOp })
      expect(odd).toEqual([
        'failed',
        expect.stringMatching(/^module `odd` returned a value that the ledger cannot store: [^\n]{1,200}$/),
      ])
      expect(good).toEqual(['applied', null])
    }
  },
)

test.each(HOSTILE)(
  'a module that returns %s as its outcome, or throws it, fails its command in one line',
  (_what, value) => {
    const reason = expect.stringMatching(/^[^\n]{1,2000}$/)
    const given = () => value() as Outcome
    expect(decidedBy({ applyOp: given })[0]).toEqual(['failed', reason])
    const thrown = () => {
      throw value()
    }
    expect(decidedBy({ applyOp: thrown })[0]).toEqual(['failed', reason])
    const said = () => ({ ok: false, error: value(), notes: value(), traceback: value() }) as unknown as Outcome
    expect(decidedBy({ applyOp: said })[0]).toEqual(['failed', reason])
  },
)

test.each(HOSTILE)(
  'a module whose status is %s, or that throws it anywhere, does not stop the training',
  (_what, value) => {
    const thrown = () => {
      throw value()
    }
    const applyOp = (): Outcome => ({ ok: true, payload: { x: 1 } })
    const status = () => value() as Json
    expect(decidedBy({ applyOp, status })).toEqual([
      ['applied', null],
      ['applied', null],
    ])
    const all = { attach: thrown, onEvent: thrown, onSafePoint: thrown, status: thrown, flush: thrown, close: thrown }
    expect(decidedBy({ applyOp, ...all, snapshot: thrown, restore: thrown, reset: thrown })[0]).toEqual([
      'applied',
      null,
    ])
  },
)

test.each(HOSTILE)('an env that contains %s is accepted, and the ledger stays valid', (_what, value) => {
  const dir = runDir()
  const { state } = toyTrainer()
  const kernel = openKernel(dir, { state, lookMs: 0 })
  const throwing = { enumerable: true, get: () => fail() }
  const envs = [
    { epoch: value(), phase: value(), metrics: value(), maxSteps: value(), own: value() },
    Object.defineProperties({}, { epoch: throwing, phase: throwing, metrics: throwing }),
  ]
  // A wrong first call is a mistake in the loop, and throws; a later one must not end the training.
  kernel.apply({ step: 0 })
  for (const [step, env] of envs.entries()) {
    command(dir, { module: 'opt', op: 'set_params', params: { lr: 0.5 / (step + 1) } })
    // A trainer in JavaScript may pass anything.
    kernel.apply(Object.defineProperty(env, 'step', { value: step + 1 }) as never, [value() as string])
  }
  kernel.close()
  expect(answers(dir).map(({ decision }) => decision)).toEqual(['applied', 'applied'])
})

test('a control with a choice that is not JSON fails its command, and does not throw into the loop', () => {
  const dir = runDir()
  const choices = [1n, 'a'] as unknown as readonly Json[]
  const odd = choiceActuator({ key: 'odd', choices, get: () => choices[0] ?? null, set: () => undefined })
  const kernel = openKernel(dir, { state: createMutableState([odd]), lookMs: 0 })
  command(dir, { cid: 'a', module: 'custom', op: 'set_params', params: { odd: 'a' }, expect: { odd: { b: 1 } } })
  command(dir, { cid: 'b', module: 'custom', op: 'set_params', params: { odd: { c: 1 } } })
  command(dir, { cid: 'c', module: 'core', op: 'pause' })
  command(dir, { cid: 'd', module: 'core', op: 'resume' })
  kernel.apply({ step: 0 })
  kernel.close()
  expect(answers(dir).map(({ cid, decision }) => [cid, decision])).toEqual([
    ['a', 'failed'],
    ['b', 'failed'],
    ['c', 'applied'],
    ['d', 'applied'],
  ])
})

test('a log that throws does not stop the training', () => {
  const dir = runDir()
  const kernel = openKernel(dir, { lookMs: 0, log: fail })
  for (const step of [5, 3, 1]) kernel.apply({ step })
  kernel.close()
  expect(readFileSync(join(dir, 'hotcb.log'), 'utf8')).toContain('step 3 came after step 5')
})

test('choices that are not JSON are logged once, and do not throw into the loop when controls are described', () => {
  let now = 0
  const said: string[] = []
  const choices: unknown[] = [1n, 'a']
  const odd = choiceActuator({ key: 'odd', choices: choices as readonly Json[], get: () => 'a', set: () => undefined })
  const kernel = createKernel({
    state: createMutableState([odd]),
    clock: { now: () => now, wallTime: () => now / 1000 },
    documents: { state: () => undefined, actuators: () => undefined },
    log: (message) => void said.push(message),
  })
  kernel.apply({ step: 0 })
  now = 5000
  kernel.apply({ step: 1 })
  kernel.close()
  expect(said.filter((line) => line.includes('the controls document cannot be written'))).toHaveLength(1)
})
