import type { HotModule, JsonObject } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { type CheckpointLoaded, createKernel, type KernelOptions } from '../src/index.ts'
import { gadget } from './gadget.ts'
import { memoryRun } from './memory-run.ts'
import { toyTrainer } from './run-dir.ts'

const load = (more: object = {}, fields: object = {}): object => ({
  cid: 'l',
  module: 'core',
  op: 'checkpoint',
  params: { action: 'load', ...more },
  ...fields,
})
const save = (tag: string): object => ({ cid: tag, module: 'core', op: 'checkpoint', params: { tag } })
const set = (cid: string, params: object, module = 'opt'): object => ({ cid, module, op: 'set_params', params })

/** A trainer whose checkpoints are kept in memory. */
function trainer(options: KernelOptions = {}) {
  const run = memoryRun()
  const saved = new Map<string, CheckpointLoaded>()
  const asked: unknown[] = []
  const said: string[] = []
  const given: { loaded: unknown } = { loaded: undefined }
  const toy = toyTrainer()
  const kernel = createKernel({
    ...run,
    state: toy.state,
    lookMs: 0,
    log: (line) => void said.push(line),
    checkpoints: {
      save: ({ tag, step, calls, modules, kernel: own }) => {
        saved.set(tag, { tag, step, calls, snapshot: { modules, kernel: own } })
      },
      load: (request) => {
        asked.push(request)
        // A port of another author may return anything.
        if (given.loaded !== undefined) return given.loaded as CheckpointLoaded
        const one = saved.get(request.tag ?? '')
        if (one === undefined) throw new Error('there is none')
        return one
      },
    },
    ...options,
  })
  return { ...toy, run, saved, asked, said, given, kernel }
}

type Trainer = ReturnType<typeof trainer>
const rate = ({ optimizer }: Trainer): number | undefined => optimizer.paramGroups[0]?.lr
const lineOf = ({ run }: Trainer, cid: string) => run.lines().find((line) => line.cid === cid)

test.each<[name: string, set: unknown, error: RegExp]>([
  ['a number', 5, /^`set` must be \{module: \{key: value\}\}, got 5$/],
  ['a list', [1], /^`set` must be \{module: \{key: value\}\}, got \[1\]$/],
  ['a module without values', { opt: {} }, /^`set\.opt` must be \{key: value\}, got \{\}$/],
  ['a module with a number', { opt: 3 }, /^`set\.opt` must be \{key: value\}, got 3$/],
  ['core', { core: { a: 1 } }, /^`set\.core`: only controls can be set with a load, and `core` has none$/],
  ['another module', { gad: { gain: 1 } }, /^`set\.gad`: only controls can be set with a load, and `gad` has none$/],
  ['an unknown key', { opt: { lrr: 1 } }, /^`set` is invalid: .*unknown_param: `lrr`: did you mean `lr`\?$/],
  [
    'a value out of bounds',
    { opt: { momentum: 7 } },
    /^`set` is invalid: .*`momentum` must be between 0 and 1, got 7$/,
  ],
])('a load with a `set` that is %s fails before anything is loaded', (_name, given, error) => {
  const one = trainer({ modules: [gadget()] })
  one.run.command(save('a'))
  one.kernel.apply({ step: 0 })
  one.run.command(load({ tag: 'a', set: given }))
  expect(one.kernel.apply({ step: 1 }).rewound).toBeNull()
  expect(lineOf(one, 'l')).toMatchObject({ decision: 'failed', error: expect.stringMatching(error), payload: null })
  expect(one.asked).toEqual([])
})

test.each([[-1], [1.5], [Number.NaN], ['3'], [undefined]])('a `load` that returns step %s fails', (step) => {
  const one = trainer()
  one.given.loaded = { tag: 'a', step }
  one.run.command(load({ tag: 'a' }))
  expect(one.kernel.apply({ step: 1 }).rewound).toBeNull()
  expect(lineOf(one, 'l')).toMatchObject({
    decision: 'failed',
    error: `\`load\` must return {step: whole number >= 0}, got ${String(step)}`,
  })
})

test('a load goes back to the step of its checkpoint, and its line is followed by an attempt line with a cut', () => {
  const one = trainer()
  one.run.command(set('before', { lr: 0.05 }))
  one.kernel.apply({ step: 0 })
  one.run.command(save('a'))
  one.kernel.apply({ step: 1 })
  one.kernel.apply({ step: 1 })
  one.run.command(set('after', { lr: 0.02 }))
  one.kernel.apply({ step: 2 })
  expect(rate(one)).toBe(0.02)
  one.run.command(load({ tag: 'a' }, { author: 'ann', note: 'too far' }))
  expect(one.kernel.apply({ step: 3 })).toMatchObject({ rewound: 2 })
  expect([rate(one), one.asked]).toEqual([0.05, [{ tag: 'a' }]])
  const [line, attempt] = one.run.lines().slice(-2)
  expect(line).toMatchObject({ step: 3, decision: 'applied', notes: 'too far', author: 'ann', attempt: 1 })
  expect(line?.payload).toEqual({ action: 'load', tag: 'a', step: 2 })
  expect(attempt).toMatchObject({ op: 'attempt', attempt: 2, payload: { n: 2, step: 2, cut: true, seq: 2 } })
  // Changes made before the loop comes back belong to the end of the step before.
  expect(one.kernel.apply({ step: 2 }).rewound).toBeNull()
})

test('values set with a load are applied after it, at the end of the last call of the previous step', () => {
  const one = trainer()
  one.kernel.apply({ step: 0 })
  one.run.command(save('a'))
  one.kernel.apply({ step: 1 })
  one.kernel.apply({ step: 1 })
  one.kernel.apply({ step: 2 })
  const given = { opt: { lr: 0.01, momentum: 0.5 }, loss: { aux_w: 2 } }
  one.run.command(load({ tag: 'a', set: given }, { author: 'ann', source: 'cli' }))
  one.kernel.apply({ step: 3 })
  const seq = lineOf(one, 'l')?.seq
  expect([rate(one), one.optimizer.paramGroups[0]?.momentum, one.weights.aux]).toEqual([0.01, 0.5, 2])
  expect(one.run.lines().slice(-2)).toMatchObject(
    [
      ['opt', given.opt],
      ['loss', given.loss],
    ].map(([module, params]) => ({
      module,
      op: 'set_params',
      params,
      decision: 'applied',
      author: 'ann',
      source: 'cli',
      notes: `set with the load of seq ${seq}`,
      step: 1,
      call: 1,
      end: true,
      cid: null,
    })),
  )
})

test('values of `set` are checked against the state after the load', () => {
  const one = trainer()
  one.run.command({ cid: 'off', module: 'opt', op: 'disable', params: { key: 'lr' } })
  one.run.command(save('a'))
  one.kernel.apply({ step: 0 })
  one.run.command({ cid: 'on', module: 'opt', op: 'enable', params: { key: 'lr' } })
  one.kernel.apply({ step: 1 })
  // Enabled now, but not after the load.
  one.run.command(load({ tag: 'a', set: { opt: { lr: 0.01 } } }))
  one.kernel.apply({ step: 2 })
  expect(lineOf(one, 'l')).toMatchObject({ decision: 'failed', error: expect.stringMatching(/^`set` is invalid: /) })
  expect(one.asked).toEqual([])
})

test('a checkpoint whose save is not in this history is loaded with a note', () => {
  const foreign = "the save of this checkpoint is not part of this run's history: a recipe cannot reproduce this run"
  const one = trainer()
  one.kernel.apply({ step: 0 })
  one.saved.set('copy', { tag: 'copy', step: 0, snapshot: null })
  one.run.command(load({ tag: 'copy' }))
  expect(one.kernel.apply({ step: 1 }).rewound).toBe(0)
  expect(lineOf(one, 'l')?.notes).toBe(foreign)
  expect(one.run.lines().at(-1)?.payload).toMatchObject({ n: 2, step: 0, cut: true, seq: 0 })
  const two = trainer()
  two.run.command(save('a'))
  two.kernel.apply({ step: 0 })
  const own = two.saved.get('a')
  const kernel: JsonObject = { ...(own?.snapshot?.['kernel'] as JsonObject), token: 'of another run' }
  two.saved.set('a', { tag: 'a', step: 1, snapshot: { modules: {}, kernel } })
  two.run.command(load({ tag: 'a' }))
  two.kernel.apply({ step: 1 })
  expect(lineOf(two, 'l')?.notes).toBe(foreign)
})

test('an older checkpoint without kernel state is identified by its save', () => {
  const one = trainer()
  one.run.command(set('before', { lr: 0.05 }))
  one.run.command(save('a'))
  one.kernel.apply({ step: 0 })
  one.saved.set('a', { tag: 'a', step: 1, snapshot: { gad: { gain: 1 } } })
  one.run.command(set('after', { lr: 0.02 }))
  one.kernel.apply({ step: 1 })
  one.run.command(load({ tag: 'a' }))
  one.kernel.apply({ step: 2 })
  expect([lineOf(one, 'l')?.notes, rate(one)]).toEqual([null, 0.05])
  expect(one.run.lines().at(-1)?.payload).toMatchObject({ step: 1, cut: true, seq: 2 })
})

test.each<[name: string, calls: number | undefined, call: number]>([
  ['the checkpoint, if it has the number', 3, 2],
  ['the ledger, if the checkpoint does not', undefined, 1],
])('the number of calls in a step that this process has not trained comes from %s', (_name, calls, call) => {
  const first = trainer()
  first.kernel.apply({ step: 0 })
  first.kernel.apply({ step: 1 })
  first.run.command(set('a', { lr: 0.05 }))
  first.kernel.apply({ step: 1 })
  first.run.command(set('b', { momentum: 0.5 }))
  first.kernel.apply({ step: 2 })
  first.kernel.close()
  const { commands: _, ...rest } = first.run
  const toy = toyTrainer()
  const loaded = { tag: 'a', step: 2, ...(calls !== undefined && { calls }) }
  let isAsked = false
  const kernel = createKernel({ ...rest, state: toy.state, lookMs: 0, checkpoints: { load: () => loaded } })
  kernel.continueFrom({ step: 5 })
  const submitted = kernel.submit({
    module: 'core',
    op: 'checkpoint',
    params: { action: 'load', tag: 'a', set: { opt: { lr: 0.01 } } },
  })
  isAsked = submitted !== null
  expect(kernel.apply({ step: 5 })).toMatchObject({ rewound: 2 })
  expect([isAsked, first.run.lines().at(-1)]).toMatchObject([true, { params: { lr: 0.01 }, step: 1, call, end: true }])
})

test('a load to step 0 restores the state at registration', () => {
  const one = trainer()
  one.run.command(set('a', { lr: 0.05 }))
  one.kernel.apply({ step: 0 })
  one.given.loaded = { tag: 'start', step: 0, calls: 4 }
  one.run.command(load({ tag: 'start', set: { opt: { momentum: 0.5 } } }))
  expect(one.kernel.apply({ step: 1 })).toMatchObject({ rewound: 0 })
  expect([rate(one), one.run.lines().at(-1)]).toMatchObject([0.1, { step: -1, call: 0, end: true }])
})

test('the modules are reset, and their state from the checkpoint is restored', () => {
  const module = gadget()
  const one = trainer({ modules: [module] })
  one.run.command({ cid: 'g', module: 'gad', op: 'load', params: { gain: 2 } })
  one.run.command(save('a'))
  one.kernel.apply({ step: 0 }, ['x'])
  expect(module.state).toEqual({ gain: 2, heard: 2 })
  one.kernel.apply({ step: 1 }, ['x'])
  one.run.command(load({ tag: 'a' }))
  one.kernel.apply({ step: 2 }, ['x'])
  // The events of the step that was rolled back are not delivered.
  expect(module.state).toEqual({ gain: 2, heard: 2 })
})

test('a load that fails, or whose handler returns a promise without `applyAsync`, changes nothing', async () => {
  const one = trainer()
  one.run.command(load({ tag: 'none' }))
  expect(one.kernel.apply({ step: 0 }).rewound).toBeNull()
  expect(lineOf(one, 'l')).toMatchObject({
    decision: 'failed',
    error: '`load` failed: there is none',
    traceback: expect.stringContaining('Error: there is none'),
  })
  const two = trainer({ checkpoints: { load: async () => ({ tag: 'a', step: 0 }) } })
  two.run.command(load({ tag: 'a' }))
  expect(two.kernel.apply({ step: 0 }).rewound).toBeNull()
  expect(lineOf(two, 'l')?.error).toBe('`load` returned a promise: call `applyAsync` instead of `apply`')
  two.run.command({ ...load({ tag: 'a' }), cid: 'm' })
  expect((await two.kernel.applyAsync({ step: 1 })).rewound).toBe(0)
  const three = trainer({
    checkpoints: {
      load: async () => {
        throw new Error('gone')
      },
    },
  })
  three.run.command(load({ tag: 'a' }))
  expect((await three.kernel.applyAsync({ step: 1 })).rewound).toBeNull()
  expect(lineOf(three, 'l')).toMatchObject({ error: '`load` failed: gone', ranks: null })
})

test('a load repeats the ops of a module according to its descriptor', () => {
  const heard: string[] = []
  const module: HotModule = {
    name: 'aug',
    descriptor: {
      name: 'aug',
      summary: 'Augmentation.',
      ops: [
        { op: 'strength', summary: 'Set the strength.', history: 'last-by-id' },
        { op: 'shuffle', summary: 'Shuffle once.', isRestored: false },
      ],
    },
    applyOp: ({ op, params }) => {
      heard.push(`${op} ${params?.['value']}`)
      return { ok: true, payload: params }
    },
  }
  const one = trainer({ modules: [module] })
  for (const [i, op] of ['strength', 'shuffle', 'strength'].entries())
    one.run.command({ cid: `c${i}`, module: 'aug', op, params: { value: i } })
  one.run.command(save('a'))
  one.kernel.apply({ step: 0 })
  one.kernel.apply({ step: 1 })
  expect(heard.splice(0)).toEqual(['strength 0', 'shuffle 1', 'strength 2'])
  one.run.command(load({ tag: 'a' }))
  expect(one.kernel.apply({ step: 2 }).rewound).toBe(1)
  expect(heard).toEqual(['strength 2'])
})
