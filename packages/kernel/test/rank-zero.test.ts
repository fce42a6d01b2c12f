import { createMutableState, floatActuator } from '@hotcb/actuators'
import type { HotModule, Op, RecipeEntry } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import type { RankMessage, RankReply } from '../src/collective.ts'
import { createKernel, type Kernel, type KernelOptions } from '../src/index.ts'
import { createRanks } from '../src/ranks.ts'
import { type MemoryRun, memoryRun } from './memory-run.ts'
import { type ToyTrainer, toyTrainer } from './run-dir.ts'

interface RankZero extends ToyTrainer {
  readonly kernel: Kernel
  readonly run: MemoryRun
  /** The messages that rank 0 has sent since the last call. */
  takeSent(): RankMessage[]
  /** The replies of rank 0 itself, in order. */
  readonly own: unknown[]
  /**
   * The replies of ranks 1 and 2, in order; later replies report success. An error means that they cannot be reached.
   */
  readonly replies: (readonly [RankReply, RankReply] | Error)[]
  readonly port: { failure: Error | null }
  readonly said: string[]
}

const OK: RankReply = { ok: true }

/** Rank 0 of three, whose other ranks are a list of answers. */
function rankZero(options: KernelOptions = {}): RankZero {
  const run = memoryRun()
  const trainer = toyTrainer()
  const sent: RankMessage[] = []
  const own: unknown[] = []
  const replies: RankZero['replies'] = []
  const said: string[] = []
  const port = {
    rank: 0,
    worldSize: 3,
    failure: null as Error | null,
    broadcast(text: string | null): string {
      if (port.failure !== null) throw port.failure
      sent.push(JSON.parse(text ?? ''))
      return text ?? ''
    },
    allGather(text: string): readonly string[] {
      if (port.failure !== null) throw port.failure
      own.push(JSON.parse(text))
      const next = replies.shift() ?? [OK, OK]
      if (next instanceof Error) throw next
      return [text, ...next.map((reply) => JSON.stringify(reply))]
    },
  }
  const log = (message: string): void => void said.push(message)
  const kernel = createKernel({ ...run, state: trainer.state, log, ...options, collective: port })
  return { ...trainer, kernel, run, takeSent: () => sent.splice(0), own, replies, port, said }
}

const end = (next: object | null, more: object = {}): object => ({
  kind: 'end',
  next,
  paused: false,
  stop: false,
  rewound: null,
  ...more,
})
const restored = (more: object = {}): object => ({
  kind: 'restore',
  step: 0,
  total: null,
  stream: [],
  modules: [],
  snapshot: null,
  modulesAfter: [],
  isReset: false,
  ...more,
})
const setOp = (params: Op['params'], more: object = {}): object => ({
  cid: 'a',
  module: 'opt',
  op: 'set_params',
  params,
  ...more,
})
const rates = ({ optimizer }: ToyTrainer): (number | undefined)[] => optimizer.paramGroups.map(({ lr }) => lr)
const answersOf = ({ run }: RankZero): unknown[] =>
  run
    .lines()
    .filter(({ op }) => op !== 'attempt')
    .map(({ op, decision, error, ranks }) => [op, decision, error, ranks])

/** A rank 0 at its first safe point, whose messages have been read. */
function begun(options: KernelOptions = {}): RankZero {
  const zero = rankZero(options)
  zero.kernel.apply({ step: 0 })
  zero.takeSent()
  return zero
}

test('only rank 0 leads', () => {
  const port = { rank: -1, worldSize: 2, broadcast: () => '', allGather: () => [] }
  expect(() => createRanks(port)).toThrow(new RangeError('only rank 0 can lead, got rank -1'))
})

test('the ranks synchronize at the first step, then at the next one, and about every 50 ms once the pace is known', () => {
  const zero = rankZero()
  zero.kernel.apply({ step: 0 })
  expect(zero.takeSent()).toEqual([restored(), end({ step: 1, call: 0 })])
  zero.run.world.now = 10
  zero.kernel.apply({ step: 1 })
  // 10 ms a step: five steps.
  expect(zero.takeSent()).toEqual([end({ step: 6, call: 0 })])
  for (let step = 2; step < 6; step++) {
    zero.run.world.now += 10
    zero.kernel.apply({ step })
    expect(zero.takeSent()).toEqual([])
  }
  zero.run.world.now += 10
  zero.kernel.apply({ step: 6 })
  expect(zero.takeSent()).toEqual([end({ step: 11, call: 0 })])
  // With steps of a second, they synchronize at each one.
  zero.run.world.now += 5000
  zero.kernel.apply({ step: 11 })
  expect(zero.takeSent()).toEqual([end({ step: 12, call: 0 })])
  expect(zero.own).toEqual([OK, OK, OK, OK])
})

test('steps that take no time are not divided by zero', () => {
  const zero = begun()
  zero.kernel.apply({ step: 1 })
  expect(zero.takeSent()).toEqual([end({ step: 50_001, call: 0 })])
})

test('a command that is read between two synchronizations waits for the next one', () => {
  const zero = begun()
  zero.run.world.now = 10
  zero.kernel.apply({ step: 1 })
  zero.run.command(setOp({ lr: 0.05 }))
  for (const step of [2, 3, 4, 5]) zero.kernel.apply({ step })
  expect(rates(zero)).toEqual([0.1, 0.2])
  zero.kernel.apply({ step: 6 })
  expect(rates(zero)).toEqual([0.05, 0.1])
})

test('the ranks synchronize where a held command is due, even at a later call of the same step', () => {
  const zero = begun()
  zero.run.command(setOp({ lr: 0.05 }, { at: { step: 3 } }))
  zero.run.command(setOp({ lr: 0.02 }, { cid: 'b', at: { step: 3, event: 'val_end' } }))
  zero.run.world.now = 1
  zero.kernel.apply({ step: 1 })
  expect(zero.takeSent()).toEqual([end({ step: 3, call: 0 })])
  zero.kernel.apply({ step: 2 })
  zero.kernel.apply({ step: 3 })
  expect(zero.takeSent().at(-1)).toEqual(end({ step: 3, call: 1 }))
  zero.kernel.apply({ step: 3 }, ['val_end'])
  expect(zero.run.lines().map(({ cid, step, call }) => [cid, step, call])).toEqual([
    [null, 0, null],
    ['a', 3, 0],
    ['b', 3, 1],
  ])
})

test('the ranks synchronize at the next step if there are more commands, or a module has a request', () => {
  const source = { look: () => true, read: () => ({ lines: [], more: true, reset: [], refused: [] }) }
  const busy = rankZero({ commands: source })
  busy.kernel.apply({ step: 0 })
  busy.takeSent()
  busy.run.world.now = 1
  busy.kernel.apply({ step: 1 })
  expect(busy.takeSent()).toEqual([end({ step: 2, call: 0 })])
  const asking: HotModule = {
    name: 'gad',
    applyOp(_op, context) {
      context.submit({ module: 'opt', op: 'set_params', params: { momentum: 0.5 } })
      return { ok: true, payload: null }
    },
  }
  const zero = begun({ modules: [asking] })
  zero.run.command({ cid: 'a', module: 'gad', op: 'poke' })
  zero.run.world.now = 1
  zero.kernel.apply({ step: 1 })
  expect(zero.takeSent().at(-1)).toEqual(end({ step: 2, call: 0 }))
})

test('an op is applied on all ranks with the step, the channel and the number of steps', () => {
  const zero = begun()
  zero.run.command(setOp({ lr: { mul: 0.5 } }))
  zero.kernel.apply({ step: 1, maxSteps: 90 })
  // All ranks get the value that rank 0 resolved.
  const op = { module: 'opt', op: 'set_params', params: { lr: 0.05 } }
  expect(zero.takeSent()).toMatchObject([
    { kind: 'op', op, channel: 'live', step: 1, total: 90 },
    { kind: 'end', rewound: null },
  ])
  expect([rates(zero), answersOf(zero)]).toEqual([[0.05, 0.1], [['set_params', 'applied', null, null]]])
})

test('an op that fails on some ranks is reverted on all, and its line names them', () => {
  const zero = begun()
  zero.replies.push([OK, { ok: false, error: 'the head is stuck' }])
  zero.run.command(setOp({ lr: 0.05 }))
  zero.kernel.apply({ step: 1 })
  expect(zero.takeSent().map(({ kind }) => kind)).toEqual(['op', 'undo', 'end'])
  expect(zero.own.slice(-3)).toEqual([OK, OK, OK])
  expect([rates(zero), answersOf(zero)]).toEqual([
    [0.1, 0.2],
    [['set_params', 'failed', 'rank 2: the head is stuck', [2]]],
  ])
  expect(zero.run.lines().some(({ op }) => op === 'disable')).toBe(false)
})

test('an op that fails only on rank 0 is reverted on the others', () => {
  const zero = begun()
  zero.run.command(setOp({ lrr: 0.05 }))
  zero.kernel.apply({ step: 1 })
  const error = 'unknown_param: `lrr`: did you mean `lr`?'
  expect(zero.takeSent().map(({ kind }) => kind)).toEqual(['op', 'undo', 'end'])
  expect(zero.own.slice(-3)).toEqual([{ ok: false, error }, OK, OK])
  expect(answersOf(zero)).toEqual([['set_params', 'failed', `rank 0: ${error}`, [0]]])
})

test('an op that fails on every rank fails with the error of rank 0, and nothing is reverted', () => {
  const zero = begun()
  zero.replies.push([
    { ok: false, error: 'of 1', broken: ['momentum'] },
    { ok: false, error: 'of 2', broken: ['momentum'] },
  ])
  zero.run.command(setOp({ lrr: 0.05 }))
  zero.kernel.apply({ step: 1 })
  expect(zero.takeSent().map(({ kind }) => kind)).toEqual(['op', 'op', 'end'])
  // A control that the others could not restore is disabled on all, once.
  expect(answersOf(zero)).toEqual([
    ['set_params', 'failed', 'unknown_param: `lrr`: did you mean `lr`?', null],
    ['disable', 'applied', null, null],
  ])
})

test('a control that a rank cannot restore is disabled on all ranks, with a line from the kernel', () => {
  const zero = begun()
  zero.replies.push([OK, { ok: false, error: 'stuck' }], [{ ok: false, error: 'no way back', broken: ['lr'] }, OK])
  zero.run.command(setOp({ lr: 0.05 }))
  zero.kernel.apply({ step: 1 })
  const disable = { module: 'opt', op: 'disable', id: 'main', params: { key: 'lr' } }
  expect(zero.takeSent()).toMatchObject([
    { kind: 'op' },
    { kind: 'undo' },
    { kind: 'op', op: disable, channel: 'kernel', step: 1, total: null },
    { kind: 'end' },
  ])
  expect(zero.run.lines().slice(-2)).toMatchObject([
    { op: 'set_params', decision: 'failed', error: 'rank 2: stuck; rank 1: no way back', ranks: [2] },
    {
      ...disable,
      decision: 'applied',
      source: 'kernel',
      payload: { key: 'lr' },
      old: { key: 'lr' },
      notes: 'it could not be restored after a failed change',
      cid: null,
      reverts: null,
    },
  ])
  zero.run.command(setOp({ lr: 0.05 }, { cid: 'no' }))
  zero.run.world.now += 100
  zero.kernel.apply({ step: 60_000 })
  expect(zero.run.lines().at(-1)).toMatchObject({ cid: 'no', decision: 'failed' })
  // It is a change like any other: a revert enables the control again.
  zero.run.command({ cid: 'b', module: 'core', op: 'revert' })
  zero.run.world.now += 100
  zero.kernel.apply({ step: 100_000_000 })
  expect(zero.run.lines().at(-1)).toMatchObject({ cid: 'b', op: 'enable', decision: 'applied' })
})

test('the error names a change that rank 0 itself cannot revert, and its control is disabled', () => {
  let isStuck = false
  let value = 1
  const state = createMutableState([
    floatActuator({
      key: 'gain',
      group: 'mix',
      get: () => value,
      set: (next) => {
        if (isStuck && next === 1) throw new Error('no way back')
        value = next
      },
    }),
  ])
  const zero = begun({ state })
  isStuck = true
  zero.replies.push([OK, { ok: false, error: 'stuck' }])
  zero.run.command({ cid: 'a', module: 'mix', op: 'set_params', params: { gain: 2 } })
  zero.kernel.apply({ step: 1 })
  expect(zero.own.slice(1, 3)).toEqual([
    OK,
    {
      ok: false,
      error: 'it could not be reverted: apply_fn_exception: `gain`: no way back',
      broken: ['gain'],
    },
  ])
  expect(answersOf(zero)).toEqual([
    [
      'set_params',
      'failed',
      'rank 2: stuck; rank 0: it could not be reverted: apply_fn_exception: `gain`: no way back',
      [2],
    ],
    ['disable', 'applied', null, null],
  ])
})

test('the error reports that an op of a module cannot be reverted', () => {
  const module: HotModule = {
    name: 'gad',
    descriptor: { name: 'gad', summary: 'A gadget.', ops: [{ op: 'poke', summary: 'Poke it.' }] },
    applyOp: () => ({ ok: true, payload: null }),
  }
  const zero = begun({ modules: [module] })
  zero.replies.push([{ ok: false, error: 'broken' }, OK])
  zero.run.command({ cid: 'a', module: 'gad', op: 'poke' })
  zero.kernel.apply({ step: 1 })
  expect(answersOf(zero)).toEqual([
    ['poke', 'failed', 'rank 1: broken; rank 0: it was applied there and cannot be reverted', [1]],
  ])
})

test('ranks that cannot be reached are reported once: no more commands are taken, and training continues', () => {
  const zero = begun()
  zero.port.failure = new Error('rank 1 has ended')
  zero.kernel.apply({ step: 1 })
  const error = 'the ranks cannot be reached and no more commands are accepted: rank 1 has ended'
  expect([answersOf(zero), zero.said]).toEqual([[['collective', 'failed', error, null]], [error]])
  expect(zero.run.lines().at(-1)).toMatchObject({ module: 'core', source: 'kernel', id: 'main', params: null })
  zero.run.command(setOp({ lr: 0.05 }))
  zero.port.failure = null
  for (let step = 2; step < 6; step++) {
    zero.run.world.now += 1000
    expect(zero.kernel.apply({ step })).toMatchObject({ stop: false, paused: false, degraded: false })
  }
  expect([rates(zero), zero.takeSent(), answersOf(zero).length]).toEqual([[0.1, 0.2], [], 1])
  expect(zero.run.written.state).toMatchObject({ ranks: { world_size: 3, lost: 'rank 1 has ended' } })
})

test('a change that was in progress when the ranks were lost is reverted', () => {
  const zero = begun()
  zero.replies.push(new Error('rank 2 has ended'))
  zero.run.command(setOp({ lr: 0.05 }))
  zero.kernel.apply({ step: 1 })
  expect([rates(zero), answersOf(zero)]).toEqual([
    [0.1, 0.2],
    [
      ['set_params', 'failed', 'the ranks cannot be reached: rank 2 has ended', null],
      ['collective', 'failed', 'the ranks cannot be reached and no more commands are accepted: rank 2 has ended', null],
    ],
  ])
  expect(zero.takeSent().map(({ kind }) => kind)).toEqual(['op'])
})

test('the error also reports that a change in progress cannot be reverted', () => {
  const module: HotModule = {
    name: 'gad',
    descriptor: { name: 'gad', summary: 'A gadget.', ops: [{ op: 'poke', summary: 'Poke it.' }] },
    applyOp: () => ({ ok: true, payload: null }),
  }
  const zero = begun({ modules: [module] })
  zero.replies.push(new Error('gone'))
  zero.run.command({ cid: 'a', module: 'gad', op: 'poke' })
  zero.kernel.apply({ step: 1 })
  expect(answersOf(zero)[0]).toEqual([
    'poke',
    'failed',
    'the ranks cannot be reached: gone; rank 0: it was applied there and cannot be reverted',
    null,
  ])
})

test('a checkpoint that the trainer requests is saved at its step, between synchronizations and when the ranks are lost', () => {
  const saved: string[] = []
  const zero = begun({ checkpoints: { save: ({ tag }) => void saved.push(tag) } })
  zero.run.world.now = 10
  zero.kernel.apply({ step: 1 })
  zero.kernel.save('between')
  zero.kernel.submit({ module: 'opt', op: 'set_params', params: { momentum: 0.5 } })
  zero.takeSent()
  zero.kernel.apply({ step: 2 })
  // Other requests wait for the next synchronization.
  expect([saved, zero.optimizer.paramGroups[0]?.momentum, zero.takeSent()]).toEqual([['between'], 0.9, []])
  zero.kernel.apply({ step: 6 })
  expect(zero.optimizer.paramGroups[0]?.momentum).toBe(0.5)
  zero.port.failure = new Error('gone')
  zero.run.world.now += 1000
  zero.kernel.apply({ step: 7000 })
  zero.kernel.save('lost')
  zero.kernel.submit({ module: 'opt', op: 'set_params', params: { momentum: 0.6 } })
  zero.kernel.apply({ step: 7001 })
  zero.kernel.apply({ step: 7002 })
  expect([saved, zero.optimizer.paramGroups[0]?.momentum]).toEqual([['between', 'lost'], 0.5])
})

test('in a pause the other ranks wait at the same place, and a stop is announced', () => {
  const zero = begun()
  zero.run.command({ cid: 'p', module: 'core', op: 'pause' })
  zero.run.waits.push(
    () => zero.run.command(setOp({ lr: 0.05 })),
    () => zero.run.command({ cid: 's', module: 'core', op: 'stop' }),
  )
  expect(zero.kernel.apply({ step: 1 })).toMatchObject({ stop: true, paused: false })
  expect(zero.takeSent()).toMatchObject([
    end({ step: 1, call: 0 }, { paused: true }),
    { kind: 'op' },
    end({ step: 1, call: 0 }, { paused: true }),
    end({ step: 50_001, call: 0 }, { stop: true }),
  ])
})

test('a pause ends when the ranks are lost', () => {
  const zero = begun()
  zero.run.command({ cid: 'p', module: 'core', op: 'pause' })
  zero.run.waits.push(() => {
    zero.port.failure = new Error('gone')
  })
  zero.run.waits.push(() => undefined)
  expect(zero.kernel.apply({ step: 1 })).toMatchObject({ paused: false })
  expect(answersOf(zero).map((line) => [line].flat()[0])).toEqual(['pause', 'collective'])
})

test('a checkpoint that is saved in a pause delivers the events on all ranks first', () => {
  const events: string[] = []
  const module: HotModule = { name: 'gad', onEvent: (event) => void events.push(event) }
  const zero = begun({ modules: [module], checkpoints: { save: () => void events.push('save') } })
  zero.run.command({ cid: 'p', module: 'core', op: 'pause' })
  zero.run.waits.push(
    () => zero.run.command({ cid: 'c', module: 'core', op: 'checkpoint' }),
    () => zero.run.command({ cid: 'd', module: 'core', op: 'checkpoint', params: { tag: 'again' } }),
    () => zero.run.command({ cid: 'r', module: 'core', op: 'resume' }),
  )
  zero.kernel.apply({ step: 1 }, ['val_end'])
  expect(events).toEqual(['val_end', 'save', 'save'])
  expect(zero.takeSent().map(({ kind }) => kind)).toEqual(['end', 'events', 'end', 'end', 'end'])
})

test('a checkpoint is loaded on all ranks: its notes list those that failed, and all restore the same state', () => {
  const zero = rankZero({
    checkpoints: { save: () => undefined, load: () => ({ tag: 'good', step: 2 }) },
  })
  zero.run.command(setOp({ lr: 0.05 }))
  zero.kernel.apply({ step: 0 })
  zero.run.command({ cid: 's', module: 'core', op: 'checkpoint', params: { tag: 'good' } })
  zero.kernel.apply({ step: 1 })
  zero.run.command(setOp({ lr: 0.02 }, { cid: 'b' }))
  zero.run.world.now += 100
  zero.kernel.apply({ step: 60_000 })
  zero.takeSent()
  zero.replies.push([OK, { ok: false, error: 'no such file' }])
  const params = { action: 'load', tag: 'good' }
  zero.run.command({ cid: 'l', module: 'core', op: 'checkpoint', params })
  zero.run.world.now += 100
  expect(zero.kernel.apply({ step: 200_000 })).toMatchObject({ rewound: 2 })
  expect(zero.takeSent()).toMatchObject([
    { kind: 'load', tag: 'good' },
    restored({ step: 2, stream: [{ op: { params: { lr: 0.05 } }, step: 0 }], snapshot: {}, isReset: true }),
    end({ step: 50_001, call: 0 }, { rewound: 2 }),
  ])
  expect(zero.run.lines().find(({ cid }) => cid === 'l')).toMatchObject({
    decision: 'applied',
    notes: expect.stringMatching(/^not loaded on every rank: rank 2: no such file/),
  })
  expect(rates(zero)).toEqual([0.05, 0.1])
})

test('a restart restores the same state on all ranks, and announces the first step of the loop', () => {
  const module: HotModule = {
    name: 'gad',
    applyOp: ({ params }) => ({ ok: true, payload: params }),
    snapshot: () => ({ gain: 1 }),
  }
  const first = begun({ modules: [module] })
  first.run.command(setOp({ lr: 0.05 }))
  first.run.command({ cid: 'g', module: 'gad', op: 'load', params: { gain: 1 } })
  first.kernel.apply({ step: 1 })
  const snapshot = first.kernel.snapshot()
  first.run.command({ cid: 'h', module: 'gad', op: 'set_params', params: { gain: 2 } })
  first.run.world.now += 100
  first.kernel.apply({ step: 100_000 })
  const sent: RankMessage[] = []
  const port = {
    rank: 0,
    worldSize: 2,
    broadcast: (text: string | null) => {
      sent.push(JSON.parse(text ?? ''))
      return text ?? ''
    },
    allGather: (text: string) => [text, text],
  }
  const { commands: _, ...run } = first.run
  const second = createKernel({ ...run, state: toyTrainer().state, modules: [module], collective: port })
  expect(second.continueFrom({ step: 200_000, maxSteps: 300_000 }, snapshot)).toMatchObject({ stop: false })
  expect(sent).toMatchObject([
    restored({
      step: 200_000,
      total: 300_000,
      stream: [{ op: { params: { lr: 0.05 } }, step: 1 }],
      modules: [{ op: { op: 'load', params: { gain: 1 } }, step: 1 }],
      snapshot: { gad: { gain: 1 } },
      modulesAfter: [{ op: { op: 'set_params', params: { gain: 2 } }, step: 100_000 }],
    }),
    end({ step: 200_000, call: 0 }),
  ])
})

test('entries for the end of a call are applied where the ranks synchronize for them', () => {
  const at = { step: 1, event: null, end: true }
  const entry: RecipeEntry = { at, module: 'opt', op: 'set_params', id: 'main', params: { lr: 0.05 } }
  const told: unknown[] = []
  const zero = rankZero({
    modules: [{ name: 'gad', onEvent: (event) => void told.push([event, rates(zero)[0]]) }],
    freeze: { changed: () => false, read: () => '{"mode":"replay"}' },
    recipes: { load: () => ({ ok: true, value: { entries: [entry], origins: ['a:1'], notes: [] } }) },
  })
  zero.kernel.apply({ step: 0 }, ['a'])
  expect(zero.takeSent()).toEqual([restored(), end({ step: 1, call: 0 })])
  zero.kernel.apply({ step: 1 }, ['a'])
  expect(zero.takeSent()).toMatchObject([
    end({ step: 1, call: 0, end: true }),
    { kind: 'op', channel: 'recipe' },
    end({ step: 50_001, call: 0 }),
  ])
  expect([told, rates(zero)]).toEqual([
    [
      ['a', 0.1],
      ['a', 0.1],
    ],
    [0.05, 0.1],
  ])
  zero.kernel.close()
})

test('a recipe that cannot be followed stops all ranks before the first step', () => {
  const zero = rankZero({ freeze: { changed: () => false, read: () => '{"mode":"replay"}' } })
  expect(zero.kernel.continueFrom({ step: 0 })).toMatchObject({ stop: true })
  expect(zero.takeSent().at(-1)).toEqual(end({ step: 0, call: 0 }, { stop: true }))
  zero.kernel.apply({ step: 0 })
  expect(zero.takeSent().at(-1)).toMatchObject({ kind: 'end', stop: true })
})

test('a kernel that another one has replaced announces that it sends no more messages', () => {
  const zero = begun()
  const [line] = zero.run.lines()
  if (line === undefined) throw new Error('a kernel that opens writes a line')
  zero.run.foreign.push({ ...line, attempt: 2, payload: { n: 2, token: 'another', step: null, cut: false } })
  for (const step of [1, 2, 3]) expect(zero.kernel.apply({ step })).toMatchObject({ superseded: true })
  expect(zero.takeSent()).toEqual([end(null)])
  // No rank has to answer it.
  expect(zero.own.length).toBe(1)
})
