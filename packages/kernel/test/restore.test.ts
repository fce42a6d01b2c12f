import type { HotModule, JsonObject, Op } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { createKernel, type Kernel, type KernelOptions } from '../src/index.ts'
import { type MemoryRun, memoryRun } from './memory-run.ts'
import { type ToyTrainer, toyTrainer } from './run-dir.ts'

/** A module that lists its ops, what it restores, and the steps of its contexts. */
function recorderModule(more: Partial<HotModule> = {}): HotModule & { readonly seen: unknown[] } {
  const seen: unknown[] = []
  return {
    name: 'gad',
    seen,
    applyOp({ op, params }: Op, { channel }) {
      seen.push([op, params?.['v'] ?? null, channel])
      return { ok: true, payload: params }
    },
    snapshot: () => 'saved',
    restore: (saved) => void seen.push(['restore', saved]),
    ...more,
  }
}

interface Attempt extends ToyTrainer {
  readonly kernel: Kernel
  readonly said: string[]
}

function open(run: MemoryRun, more: KernelOptions = {}): Attempt {
  const said: string[] = []
  const trainer = toyTrainer()
  const options = { ...run, state: trainer.state, lookMs: 0, log: (message: string) => said.push(message) }
  return { ...trainer, said, kernel: createKernel({ ...options, ...more }) }
}

const gad = (op: string, v: number): object => ({ module: 'gad', op, id: 'g', params: { v } })
const momentum = (value: number): object => ({ module: 'opt', op: 'set_params', params: { momentum: value } })

/** Trains steps 0 to 5: each command is applied at its step. A snapshot is taken after step 2. */
function firstAttempt(run: MemoryRun, commands: Readonly<Record<number, readonly object[]>>): JsonObject {
  const { kernel } = open(run, { modules: [recorderModule()] })
  let snapshot: JsonObject = {}
  for (let step = 0; step < 6; step++) {
    for (const [i, line] of (commands[step] ?? []).entries()) run.command({ cid: `${step}-${i}`, ...line })
    kernel.apply({ step })
    if (step === 2) snapshot = kernel.snapshot()
  }
  return snapshot
}

test('a restart repeats the ops of a module before its snapshot, restores it, and then repeats the later ones', () => {
  const run = memoryRun()
  const commands = {
    1: [gad('load', 1)],
    2: [gad('set_params', 2)],
    3: [gad('set_params', 3)],
    4: [gad('set_params', 4)],
  }
  const snapshot = firstAttempt(run, commands)
  const module = recorderModule()
  const { kernel } = open(run, { modules: [module] })
  kernel.continueFrom({ step: 4 }, snapshot)
  expect(module.seen).toEqual([
    ['load', 1, 'history'],
    ['set_params', 2, 'history'],
    ['restore', 'saved'],
    ['set_params', 3, 'history'],
  ])
  kernel.apply({ step: 4 })
  expect(module.seen.slice(4)).toEqual([['set_params', 4, 'history']])
  expect(run.lines().at(-1)).toMatchObject({ step: 4, source: 'history', of: expect.any(Number), decision: 'applied' })
})

test('without a snapshot, or without state for a module, nothing is restored', () => {
  const run = memoryRun()
  firstAttempt(run, { 1: [gad('load', 1)], 3: [gad('set_params', 3)] })
  for (const snapshot of [null, { modules: {} }, { modules: { other: 1 }, kernel: null }]) {
    const module = recorderModule()
    open(run, { modules: [module] }).kernel.continueFrom({ step: 9 }, snapshot)
    expect(module.seen).toEqual([
      ['load', 1, 'history'],
      ['set_params', 3, 'history'],
    ])
  }
})

test('a snapshot without a place, from an older kernel, is restored after all ops before its step', () => {
  const run = memoryRun()
  firstAttempt(run, { 1: [gad('load', 1)], 3: [gad('set_params', 3)] })
  const module = recorderModule()
  open(run, { modules: [module] }).kernel.continueFrom({ step: 9 }, { gad: 'old' })
  expect(module.seen.at(-1)).toEqual(['restore', 'old'])
})

test('a snapshot of another run restores the modules, and its place does not count', () => {
  const run = memoryRun()
  const snapshot = firstAttempt(run, { 1: [gad('load', 1)], 3: [gad('set_params', 3)] })
  const kernel = { ...(snapshot['kernel'] as JsonObject), token: 'of another run' }
  const module = recorderModule()
  open(run, { modules: [module] }).kernel.continueFrom({ step: 9 }, { ...snapshot, kernel })
  expect(module.seen.at(-1)).toEqual(['restore', 'saved'])
})

test('with `continue: off` the snapshot is ignored too', () => {
  const run = memoryRun()
  const snapshot = firstAttempt(run, { 1: [gad('load', 1)] })
  const module = recorderModule()
  open(run, { modules: [module], continue: 'off' }).kernel.continueFrom({ step: 4 }, snapshot)
  expect(module.seen).toEqual([])
  expect(run.lines().at(-1)?.payload).toMatchObject({ step: 0, cut: true, seq: 0 })
})

test('ops and modules that cannot be restored are logged, and the rest is restored', () => {
  const run = memoryRun()
  const snapshot = firstAttempt(run, { 0: [momentum(0.5)], 1: [gad('load', 1)] })
  const module = recorderModule({
    applyOp: () => ({ ok: false, error: 'no file' }),
    restore: () => {
      throw new Error('bad state')
    },
  })
  const { kernel, said, optimizer } = open(run, { modules: [module] })
  kernel.continueFrom({ step: 3 }, snapshot)
  expect(said).toEqual([
    'seq 3, gad load, could not be restored: no file',
    'module `gad` could not be restored: bad state',
  ])
  expect(optimizer.paramGroups[0]?.momentum).toBe(0.5)
})

test('a control that is missing after a restart is logged, and the others are restored', () => {
  const run = memoryRun()
  firstAttempt(run, { 0: [momentum(0.5), { module: 'loss', op: 'set_params', params: { ce: 0.25 } }] })
  const { state, weights } = toyTrainer()
  const said: string[] = []
  const less = {
    ...state,
    fold: (ops: Parameters<typeof state.fold>[0], step: number) => [`gone at ${step}`, ...state.fold(ops, step)],
  }
  createKernel({ ...run, state: less, lookMs: 0, log: (message) => said.push(message) }).continueFrom({ step: 7 })
  expect(said).toEqual(['gone at 6'])
  expect(weights.ce).toBe(0.25)
})

test('a restart that went back without a seam restores the whole history, and re-applies nothing later', () => {
  const run = memoryRun()
  const first = open(run)
  first.kernel.apply({ step: 5 })
  run.command({ cid: 'a', ...momentum(0.5) })
  first.kernel.apply({ step: 6 })
  run.command({ cid: 'b', ...momentum(0.25) })
  first.kernel.apply({ step: 2 })
  const { kernel, said, optimizer } = open(run)
  kernel.continueFrom({ step: 0 })
  expect(said).toEqual([
    'steps went back without a seam: the whole history is restored, and nothing is re-applied later',
  ])
  expect(optimizer.paramGroups[0]?.momentum).toBe(0.25)
  const { length } = run.lines()
  for (let step = 0; step < 9; step++) kernel.apply({ step })
  expect(run.lines()).toHaveLength(length)
})

test('the other ranks restore the same: controls, ops before and after the snapshot, and the first place', () => {
  const run = memoryRun()
  const snapshot = firstAttempt(run, {
    0: [momentum(0.5)],
    1: [gad('load', 1)],
    3: [gad('set_params', 3)],
    5: [momentum(0.1)],
  })
  const sent: JsonObject[] = []
  const collective = {
    rank: 0,
    worldSize: 2,
    broadcast: (text: string | null) => {
      sent.push(JSON.parse(text ?? ''))
      return text ?? ''
    },
    allGather: (text: string) => [text, '{"ok":true}'],
  }
  const { kernel } = open(run, { modules: [recorderModule()], collective })
  kernel.continueFrom({ step: 4, maxSteps: 50 }, snapshot)
  expect(sent).toMatchObject([
    {
      kind: 'restore',
      step: 4,
      total: 50,
      stream: [{ op: { module: 'opt', params: { momentum: 0.5 } }, step: 0 }],
      modules: [{ op: { module: 'gad', op: 'load' }, step: 1 }],
      snapshot: { gad: 'saved' },
      modulesAfter: [{ op: { module: 'gad', op: 'set_params' }, step: 3 }],
      isReset: false,
    },
    { kind: 'end', next: { step: 4, call: 0 }, paused: false, stop: false, rewound: null },
  ])
})

test('the other ranks stop too if the recipe to replay cannot be followed', () => {
  const sent: JsonObject[] = []
  const collective = {
    rank: 0,
    worldSize: 2,
    broadcast: (text: string | null) => {
      sent.push(JSON.parse(text ?? ''))
      return text ?? ''
    },
    allGather: (text: string) => [text, '{"ok":true}'],
  }
  const freeze = { changed: () => false, read: () => '{"mode":"replay"}' }
  open(memoryRun(), { collective, freeze }).kernel.continueFrom({ step: 4 })
  expect(sent).toMatchObject([{ kind: 'restore' }, { kind: 'end', next: { step: 4, call: 0 }, stop: true }])
})

test('checkpoints requested before the loop are saved before its first step, at the end of the step before', () => {
  const run = memoryRun()
  const saved: unknown[] = []
  const checkpoints = {
    save: ({ tag, step, calls }: { tag: string; step: number; calls: number }) => void saved.push([tag, step, calls]),
  }
  const { kernel } = open(run, { checkpoints })
  kernel.save('first')
  kernel.submit({ module: 'opt', op: 'set_params', params: { momentum: 0.5 }, cid: 'm' })
  kernel.continueFrom({ step: 4 })
  expect(saved).toEqual([['first', 4, expect.any(Number)]])
  expect(run.lines().at(-1)).toMatchObject({ op: 'checkpoint', step: 3, call: 0, end: true, decision: 'applied' })
  kernel.apply({ step: 4 })
  expect(run.lines().at(-1)).toMatchObject({ cid: 'm', step: 4, call: 0, decision: 'applied' })
  expect(run.lines().at(-1)?.end).toBeUndefined()
})

test('a kernel that takes over continues at the place of the trainer, with its total, and keeps older entries pending', () => {
  const run = memoryRun()
  const first = open(run)
  for (const [step, call, value] of [
    [2, 0, 0.1],
    [4, 1, 0.2],
    [4, 2, 0.3],
    [6, 0, 0.4],
  ] as const) {
    run.command({ cid: `${step}-${call}`, ...momentum(value) })
    first.kernel.apply({ step }, [], { call })
  }
  const totals: unknown[] = []
  const module: HotModule = { name: 'm', onEvent: (_event, _env, { total }) => void totals.push(total) }
  const second = open(run, { modules: [module] })
  second.kernel.continueFrom({ place: { step: 4, call: 2 }, since: 2, maxSteps: 40 })
  // The change of call 2 is still to come, that of call 1 is in force.
  expect(second.optimizer.paramGroups[0]?.momentum).toBe(0.2)
  second.kernel.apply({ step: 4 }, ['x'])
  expect(second.optimizer.paramGroups[0]?.momentum).toBe(0.3)
  expect(run.lines().at(-1)).toMatchObject({ step: 4, call: 2, source: 'history' })
  expect(totals).toEqual([40])
})

test('for a kernel that takes over, all decisions from the attempts of its trainer are in force, at any place', () => {
  const run = memoryRun()
  const first = open(run)
  first.kernel.apply({ step: 7 })
  run.command({ cid: 'a', ...momentum(0.5) })
  first.kernel.apply({ step: 8 })
  const own = open(run)
  own.kernel.continueFrom({ place: { step: 3, call: 0 }, since: 1 })
  expect(own.optimizer.paramGroups[0]?.momentum).toBe(0.5)
  const other = open(run)
  other.kernel.continueFrom({ place: { step: 3, call: 0 }, since: 2 })
  expect(other.optimizer.paramGroups[0]?.momentum).toBe(0.9)
})

test('a kernel that takes over in a replay leaves out one entry for each line of its trainer', () => {
  const entry = (step: number, value: number, more: object = {}) => ({
    at: { step, event: null },
    module: 'opt',
    op: 'set_params',
    id: 'main',
    params: { momentum: value },
    ...more,
  })
  const entries = [entry(1, 0.1), entry(1, 0.2), entry(2, 0.3, { id: 'x' }), entry(3, 0.4), entry(9, 0.5)]
  const replay: KernelOptions = {
    freeze: { changed: () => false, read: () => '{"mode":"replay"}' },
    recipes: { load: () => ({ ok: true, value: { entries, origins: [], notes: [] } }) },
  }
  const told = (run: MemoryRun, attempt: number): unknown[] =>
    run
      .lines()
      .flatMap((line) => (line.attempt === attempt && line.op !== 'attempt' ? [[line.step, line.payload]] : []))
  const run = memoryRun()
  const first = open(run, replay)
  first.kernel.continueFrom({ step: 0 })
  for (let step = 0; step < 3; step++) first.kernel.apply({ step })
  const attempt = run.lines().at(-1)?.attempt ?? 0
  expect(told(run, attempt)).toHaveLength(3)
  // The entries of steps 1 and 2 have lines of this trainer.
  const second = open(run, replay)
  second.kernel.continueFrom({ place: { step: 2, call: 1 }, since: 1 })
  for (let step = 3; step < 5; step++) second.kernel.apply({ step })
  expect(told(run, second.kernel.attempt)).toEqual([[3, { momentum: 0.4 }]])
  // Lines of an earlier trainer do not count: its entries come again, late.
  const third = open(run, replay)
  third.kernel.continueFrom({ place: { step: 5, call: 0 }, since: third.kernel.attempt })
  third.kernel.apply({ step: 5 })
  expect(told(run, third.kernel.attempt)).toEqual([
    [5, { momentum: 0.1 }],
    [5, { momentum: 0.2 }],
    [5, { momentum: 0.3 }],
    [5, { momentum: 0.4 }],
  ])
})
