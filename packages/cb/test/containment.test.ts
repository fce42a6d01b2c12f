import { rmSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openRun, recorded, recorder } from './support.ts'

test('a callback that throws is disabled with a ledger line, the others keep running, and it can be enabled again', () => {
  const seen = recorded('seenAfterThrow')
  const run = openRun()
  run.write('bad.mjs', 'export class Bad { handle(event, env) { if (env.step === 1) throw new Error("boom") } }')
  run.load('bad', 'bad.mjs', 'Bad')
  run.load('good', run.write('good.mjs', recorder('seenAfterThrow')), 'Recorder')
  for (let step = 0; step < 3; step++) run.step(step)
  expect(seen).toHaveLength(3)
  const reason = 'threw at step 1, train_step_end: Error: boom'
  expect(run.last()).toMatchObject({
    step: 2,
    op: 'disable',
    id: 'bad',
    source: 'kernel',
    decision: 'applied',
    payload: { enabled: false, reason, calls: 2, errors: 1 },
    notes: reason,
  })
  expect(run.status('bad')).toMatchObject({
    enabled: false,
    reason,
    errors: 1,
    last_error: { step: 1, message: 'Error: boom' },
  })
  expect(run.log()).toMatch(/\[cb bad\] +at Bad\.handle \(.*bad\.mjs:1:/)
  run.command('enable', 'bad')
  run.step(3)
  run.step(4)
  expect(run.status('bad')).toMatchObject({ enabled: true, reason: null, calls: 4 })
})

test('a callback that throws does not run again even before the ledger line that disables it', () => {
  const run = openRun()
  run.write('bad.mjs', 'export class Bad { handle(event, env) { throw new Error("boom") } }')
  run.load('bad', 'bad.mjs', 'Bad')
  run.kernel.apply({ step: 0 }, ['a', 'b', 'c'])
  expect(run.status('bad')).toMatchObject({ enabled: false, calls: 1, errors: 1 })
})

test('with `maxErrors` 3, two failures in a row do not disable a callback', () => {
  const run = openRun({ callbacks: { maxErrors: 3 } })
  run.write(
    'bad.mjs',
    'export class Bad { handle(e, env) { if ([1, 2, 4, 5, 6].includes(env.step)) throw new Error("boom") } }',
  )
  run.load('bad', 'bad.mjs', 'Bad')
  for (let step = 0; step < 6; step++) run.step(step)
  expect(run.status('bad')).toMatchObject({ enabled: true, errors: 4 })
  run.step(6)
  expect(run.status('bad')).toMatchObject({ enabled: false, errors: 5 })
})

test('a callback that edits env gets an error, and env does not change for other callbacks', () => {
  const run = openRun()
  run.write('edit.mjs', 'export class Edit { handle(e, env) { env.metrics.loss = 0 } }')
  run.write('sort.mjs', 'export class Sort { handle(e, env) { env.layers.sort() } }')
  run.write('drop.cjs', 'exports.Drop = class { handle(e, env) { delete env.step } }')
  run.write(
    'read.mjs',
    'export class Read { handle(e, env) { env.log(JSON.stringify([env, Object.keys(env), [...env.layers]])) } }',
  )
  for (const [id, file, symbol] of [
    ['edit', 'edit.mjs', 'Edit'],
    ['sort', 'sort.mjs', 'Sort'],
    ['drop', 'drop.cjs', 'Drop'],
    ['read', 'read.mjs', 'Read'],
  ] as const) {
    run.load(id, file, symbol)
  }
  const env = { step: 0, metrics: { loss: 0.5 }, layers: ['b', 'a'], nested: Object.freeze({ deep: { x: 1 } }) }
  run.kernel.apply(env, ['train_step_end'])
  expect(env).toEqual({ step: 0, metrics: { loss: 0.5 }, layers: ['b', 'a'], nested: { deep: { x: 1 } } })
  expect(run.status('edit')).toMatchObject({
    enabled: false,
    reason:
      'threw at step 0, train_step_end: TypeError: `env` is read-only for callbacks: `loss` cannot be changed; use `env.submit`',
  })
  expect(run.status('sort')).toMatchObject({ enabled: false })
  expect(run.status('drop')).toMatchObject({ enabled: false })
  const whole = [env, ['step', 'metrics', 'layers', 'nested'], ['b', 'a']]
  expect(run.log()).toContain(`[cb read] ${JSON.stringify(whole)}\n`)
})

test('a callback whose file is deleted keeps running, and can be disabled and enabled', () => {
  const seen = recorded('seenDeleted')
  const run = openRun({ callbacks: { watchMs: 1e-9 } })
  const path = run.write('probe.mjs', recorder('seenDeleted'))
  run.load('probe', path, 'Recorder')
  run.step(0)
  rmSync(path)
  run.step(1)
  run.command('disable', 'probe')
  run.step(2)
  run.command('enable', 'probe')
  run.step(3)
  expect(seen).toEqual(['v1 train_step_end 0', 'v1 train_step_end 1', 'v1 train_step_end 3'])
  expect(run.log().match(/was deleted: the loaded code keeps running/g)).toHaveLength(1)
  expect(run.ledger().map((line) => line.decision)).toEqual(['applied', 'applied', 'applied'])
  run.load('probe', path, 'Recorder')
  run.step(4)
  expect(run.last()).toMatchObject({ decision: 'failed', error: expect.stringContaining('does not exist') })
  expect(run.status('probe')).toMatchObject({ enabled: true, loaded: true })
})

test('an op submitted by a callback is checked and copied, and never has the source `kernel`', () => {
  const run = openRun({ callbacks: { maxErrors: 0 } })
  run.write(
    'ask.mjs',
    `export class Ask {
      handle(event, env) {
        if (env.step === 0) env.submit({ op: 'stop' })
        if (env.step === 1) env.submit({ module: 'opt', op: 'set_params', params: { lr: NaN } })
        if (env.step === 2) {
          const params = { every: 1 }
          env.submit({ module: 'cb', op: 'set_params', id: 'later', params, source: 'kernel' })
          params.every = 2
        }
      }
    }`,
  )
  run.load('ask', 'ask.mjs', 'Ask')
  for (let step = 0; step < 4; step++) run.step(step)
  expect(run.log()).toContain('TypeError: `submit` expects {module, op, id?, params?}, got ')
  expect(run.log()).toContain('`params.lr` must be a finite number, got NaN or an infinity')
  expect(run.last()).toMatchObject({ id: 'later', source: 'cb', params: { every: 1 }, decision: 'applied' })
})

test('the error from a callback without parameters lists those that were set before', () => {
  const run = openRun()
  run.command('set_params', 'plain', { params: { every: 2 } })
  run.load('plain', run.write('plain.mjs', 'export class Plain { handle() {} }'), 'Plain')
  run.step(0)
  expect(run.last()).toMatchObject({
    decision: 'failed',
    error: expect.stringContaining('TypeError: it does not accept parameters, got `every`'),
    notes: 'previously set parameters were kept: `every`; `unload` discards them',
  })
  run.command('unload', 'plain')
  run.load('plain', 'plain.mjs', 'Plain')
  run.step(1)
  expect(run.last()?.decision).toBe('applied')
})

test('one of the trainer\u2019s own callbacks is not closed when it is replaced, and returns after a reset', () => {
  const seen = recorded('seenParked')
  let closed = 0
  const own = {
    handle: (_event: string, env: { readonly step: number }) => void seen.push(`own ${env.step}`),
    close: () => void closed++,
  }
  const run = openRun({ callbacks: { callbacks: { own } } })
  run.step(0)
  run.load('own', run.write('probe.mjs', recorder('seenParked')), 'Recorder')
  run.step(1)
  run.module.reset?.()
  run.step(2)
  expect(seen).toEqual(['own 0', 'v1 train_step_end 1', 'closed v1', 'own 2'])
  expect(closed).toBe(0)
  run.close()
  expect(closed).toBe(1)
})

test('any thrown value, even one without text, disables only its callback, and other callbacks keep running', () => {
  const seen = recorded('seenStrange')
  const run = openRun()
  run.write(
    'strange.mjs',
    `const traps = { get() { throw new Error('get') }, getPrototypeOf() { throw new Error('prototype') } }
    export class Bare { handle() { throw Object.create(null) } }
    export class Trap { handle() { throw new Proxy({}, traps) } }
    export class Named { handle() { throw Object.assign(new Error('x'), { name: { toString() { throw new Error('name') } } }) } }
    export class Nothing { handle() { throw undefined } }
    export class Plain { handle() { throw { code: 7 } } }
    export class Long { handle() { throw new Error('first\\n  second ' + 'x'.repeat(1e6)) } }`,
  )
  const symbols = ['Bare', 'Trap', 'Named', 'Nothing', 'Plain', 'Long']
  for (const symbol of symbols) run.load(symbol, 'strange.mjs', symbol)
  run.load('good', run.write('good.mjs', recorder('seenStrange')), 'Recorder')
  for (let step = 0; step < 3; step++) run.step(step)
  expect(seen).toHaveLength(3)
  const disabled = run.ledger().filter(({ op }) => op === 'disable')
  expect(
    disabled.map(({ id, notes }) => [id, notes?.replace('threw at step 0, train_step_end: ', '').slice(0, 40)]),
  ).toEqual([
    ['Bare', '{}'],
    ['Trap', 'a thrown value that has no text'],
    ['Named', 'x'],
    ['Nothing', 'undefined'],
    ['Plain', '{"code":7}'],
    ['Long', `Error: first second ${'x'.repeat(20)}`],
  ])
  for (const line of disabled) expect(JSON.stringify(line).length).toBeLessThan(10_000)
})

test('a thenable that throws, or settles more than once, counts as one error, and nothing stays pending', async () => {
  const run = openRun({ callbacks: { maxErrors: 0 } })
  run.write(
    'then.mjs',
    `export class Getter { handle() { return { get then() { throw new Error('getter') } } } }
    export class Throws { handle() { return { then() { throw new Error('then') } } } }
    export class Twice { handle() { return { then(yes, no) { yes(); yes(); no(new Error('late')) } } } }`,
  )
  for (const symbol of ['Getter', 'Throws', 'Twice']) run.load(symbol, 'then.mjs', symbol)
  run.step(0)
  await new Promise((resolve) => setImmediate(resolve))
  expect(run.status('Getter')).toMatchObject({ errors: 1, pending: 0, last_error: { message: 'Error: getter' } })
  expect(run.status('Throws')).toMatchObject({ errors: 1, pending: 0, last_error: { message: 'Error: then' } })
  expect(run.status('Twice')).toMatchObject({ errors: 0, pending: 0 })
})

test('if `onAttach` threw, it is called again before the first event after `enable`', () => {
  const seen = recorded('seenAttach')
  const run = openRun()
  run.write(
    'attach.mjs',
    `let times = 0
    export class Attach {
      onAttach() { if (++times === 1) throw new Error('no disk') ; this.ready = true }
      handle(event, env) { globalThis.seenAttach.push(env.step + ' ' + this.ready) }
    }`,
  )
  run.load('attach', 'attach.mjs', 'Attach')
  run.step(0)
  expect(run.status('attach')).toMatchObject({ enabled: false, reason: expect.stringContaining('Error: no disk') })
  run.step(1)
  run.command('enable', 'attach')
  run.step(2)
  run.step(3)
  expect(seen).toEqual(['2 true', '3 true'])
})

test('a snapshot that is not JSON is left out and logged, and the others are saved', () => {
  const run = openRun()
  run.write(
    'snap.mjs',
    `const handle = () => {}
    export const big = () => ({ handle, snapshot: () => ({ n: 10n }) })
    export const circle = () => ({ handle, snapshot() { const a = {}; a.a = a; return a } })
    export const later = () => ({ handle, snapshot: async () => { throw new Error('later') } })
    export const code = () => ({ handle, snapshot: () => () => {} })
    export const infinite = () => ({ handle, snapshot: () => ({ best: Infinity }) })
    export const throwing = () => ({ handle, snapshot() { throw new Error('boom') } })
    const kept = [1]
    export const good = () => ({ handle() { kept.push(2) }, snapshot: () => kept })`,
  )
  const bad = ['big', 'circle', 'later', 'code', 'infinite', 'throwing']
  for (const id of [...bad, 'good']) run.load(id, 'snap.mjs', id)
  run.step(0)
  const snapshot = run.module.snapshot?.()
  run.step(1)
  expect(snapshot).toEqual({ callbacks: { good: [1, 2] }, tripped: {} })
  for (const id of bad) expect.soft(run.log(), id).toContain(`[cb ${id}] \`snapshot\` threw: `)
  expect(run.log()).toContain('TypeError: `best` must be a finite number, got NaN or an infinity')
})

test('a callback cannot change the log and submit methods of others', () => {
  const run = openRun()
  run.write(
    'steal.mjs',
    'export class Steal { handle(event, env) { Object.getPrototypeOf(env).log = () => {} } }\n' +
      'export class Says { handle(event, env) { env.log("said") } }',
  )
  run.load('steal', 'steal.mjs', 'Steal')
  run.load('says', 'steal.mjs', 'Says')
  run.step(0)
  expect(run.status('steal')).toMatchObject({ enabled: false, errors: 1 })
  expect(run.log()).toContain('[cb says] said\n')
})

test('callbacks are flushed before a checkpoint is saved and before they are closed; errors are logged', () => {
  const seen = recorded('seenFlush')
  const run = openRun({ kernel: { checkpoints: { save: () => void seen.push('saved') } } })
  run.write(
    'flush.mjs',
    `export class Own {
      constructor({ id }) { this.id = id }
      handle() {}
      flush() { globalThis.seenFlush.push(this.id + ' flushed'); if (this.id === 'bad') throw new Error('full') }
      close() { globalThis.seenFlush.push(this.id + ' closed'); if (this.id === 'bad') throw new Error('still full') }
    }`,
  )
  run.load('bad', 'flush.mjs', 'Own')
  run.load('good', 'flush.mjs', 'Own')
  run.command('checkpoint', 'main', { params: { action: 'save', tag: 'a' } }, 'core')
  run.step(0)
  expect(seen.splice(0)).toEqual(['bad flushed', 'good flushed', 'saved'])
  run.close()
  expect(seen).toEqual(['bad flushed', 'good flushed', 'bad closed', 'good closed'])
  expect(run.log()).toContain('[cb bad] `flush` threw: Error: full\n')
  expect(run.log()).toContain('[cb bad] `close` threw: Error: still full\n')
})
