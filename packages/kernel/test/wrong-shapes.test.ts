import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { floatActuator } from '@hotcb/actuators'
import { expect, test } from 'vitest'
import { createKernel, type Kernel, KernelError } from '../src/index.ts'
import {
  createCollectiveMemory,
  latestCheckpoint,
  openFileCollective,
  openKernel,
  openThreadCollective,
} from '../src/node.ts'
import { ledger, runDir, toyTrainer } from './run-dir.ts'

const lr = floatActuator({ key: 'lr', min: 0, max: 1, get: () => 0.1, set: () => undefined })
function openCallbacks(): { readonly name: string } {
  return { name: 'cb' }
}

// Code that a trainer's author may write, and TypeScript would reject.
test.each<[options: object, sentence: string]>([
  [{ checkpoint: {} }, '`openKernel` has no option `checkpoint`: did you mean `checkpoints`?'],
  [{ lookms: 2 }, '`openKernel` has no option `lookms`: did you mean `lookMs`?'],
  [
    { commands: {} },
    '`openKernel` has no option `commands`: choose from state, modules, continue, lookMs, collective, rank, checkpoints, log, identity, paused, registered, hostRanks, lateDocuments, sleep, debounceSteps',
  ],
  [[], 'the options of `openKernel` must be an object, got a list of 0'],
  [
    { state: [lr] },
    '`state` of `openKernel` must be the result of `createMutableState(...)`, got a list of 1: write `state: createMutableState(list)`',
  ],
  [{ state: { lr: 0.1 } }, '`state` of `openKernel` must be the result of `createMutableState(...)`, got an object'],
  [{ modules: openCallbacks() }, '`modules` of `openKernel` must be a list such as `[openCallbacks()]`, got an object'],
  [
    { modules: [openCallbacks] },
    '`modules[0]` of `openKernel` must be a module with a `name`, got the function openCallbacks: call it',
  ],
  [
    { modules: [openCallbacks(), openCallbacks()] },
    'two `modules` of `openKernel` have the name `cb`: names must differ',
  ],
  [
    { continue: 'histroy' },
    '`continue` of `openKernel` must be one of history, cut, off, got "histroy": did you mean `history`?',
  ],
  [{ lookMs: '2' }, '`lookMs` of `openKernel` must be a number of milliseconds >= 0, got "2"'],
  [{ lookMs: Number.NaN }, '`lookMs` of `openKernel` must be a number of milliseconds >= 0, got NaN'],
  [{ rank: -1 }, '`rank` of `openKernel` must be a whole number >= 0, got -1'],
  [{ log: true }, '`log` of `openKernel` must be a function, got true'],
  [
    { collective: { rank: 1, worldSize: 2 } },
    '`collective` of `openKernel` must have `broadcast` and `allGather`, like the result of `openFileCollective(...)`, got an object',
  ],
  [
    { checkpoints: { restore: () => undefined } },
    '`checkpoints` has no option `restore`: choose from save, load, keep, noLoad',
  ],
  [{ checkpoints: { saves: () => undefined } }, '`checkpoints` has no option `saves`: did you mean `save`?'],
  [{ checkpoints: { save: 'model.json' } }, '`checkpoints.save` of `openKernel` must be a function, got "model.json"'],
])('`openKernel` refuses %j with one sentence, before anything is created', (options, sentence) => {
  const dir = join(runDir(), 'run')
  expect(() => openKernel(dir, options as never)).toThrow(new KernelError('bad-option', sentence))
  expect(existsSync(dir)).toBe(false)
})

test('an invalid run directory, or options passed instead of one, are reported', () => {
  const refused = 'the first argument of `openKernel` must be the path of the run directory, got'
  expect(() => openKernel(undefined as never)).toThrow(`${refused} undefined`)
  expect(() => openKernel({ lookMs: 0 } as never)).toThrow(`${refused} an object`)
  expect(() => openKernel('')).toThrow(`${refused} ""`)
})

test('collectives also refuse unknown options, before anything is created', () => {
  const dir = join(runDir(), 'meet')
  const sentence = '`openFileCollective` has no option `timeout`: did you mean `timeoutMs`?'
  expect(() => openFileCollective(dir, 0, 2, { timeout: 5 } as never)).toThrow(new KernelError('bad-option', sentence))
  expect(existsSync(dir)).toBe(false)
  const memory = createCollectiveMemory(2)
  expect(() => openThreadCollective(memory, 0, 2, { fileBytes: 5 } as never)).toThrow('has no option `fileBytes`: ')
})

test('a kernel built from parts also refuses unknown options', () => {
  const sentence = '`createKernel` has no option `ledgers`: did you mean `ledger` or `ledgerLoss`?'
  expect(() => createKernel({ ledgers: {} } as never)).toThrow(new KernelError('bad-option', sentence))
  expect(() => createKernel({ state: [lr] } as never)).toThrow('`state` of `createKernel` must be')
})

test('handlers may be class instances with more members than the kernel needs', () => {
  class Store {
    readonly path = 'model.json'
    save(): void {}
    load(): void {}
  }
  openKernel(runDir(), { checkpoints: new Store() }).close()
})

const FIRST_CALLS: readonly (readonly [string, (kernel: Kernel) => unknown, string])[] = [
  [
    'nothing',
    (kernel) => kernel.apply(undefined as never),
    '`apply` must be given the step just trained, such as `apply({ step: 0 })`, got undefined',
  ],
  [
    'a number',
    (kernel) => kernel.apply(7 as never),
    '`apply` must be given the step just trained, such as `apply({ step: 0 })`, got 7',
  ],
  [
    'no step',
    (kernel) => kernel.apply({ metrics: {} } as never),
    '`apply` must be given the step just trained, such as `apply({ step: 0 })`, got an object without `step`',
  ],
  ['half a step', (kernel) => kernel.apply({ step: 0.5 }), 'the step of `apply` must be a whole number >= 0, got 0.5'],
  ['a step below 0', (kernel) => kernel.apply({ step: -1 }), 'the step of `apply` must be a whole number >= 0, got -1'],
  ['NaN', (kernel) => kernel.apply({ step: Number.NaN }), 'the step of `apply` must be a whole number >= 0, got NaN'],
  [
    'text',
    (kernel) => kernel.apply({ step: '3' } as never),
    'the step of `apply` must be a whole number >= 0, got "3"',
  ],
  [
    'one event as text',
    (kernel) => kernel.apply({ step: 0 }, 'train_step_end' as never),
    'the events of `apply` must be a list of names, got "train_step_end": write `["train_step_end"]`',
  ],
  [
    'events that are not text',
    (kernel) => kernel.apply({ step: 0 }, [1] as never),
    'the events of `apply` must be a list of names, got a list of 1',
  ],
  [
    'no step to continue from',
    (kernel) => kernel.continueFrom(undefined as never),
    '`continueFrom` must be given the step to train next, such as `continueFrom({ step: 0 })`, got undefined',
  ],
  [
    'half a step to continue from',
    (kernel) => kernel.continueFrom({ step: 1.5 }),
    'the step of `continueFrom` must be a whole number >= 0, got 1.5',
  ],
  [
    'text for a snapshot',
    (kernel) => kernel.continueFrom({ step: 0 }, 'cb' as never),
    'the second argument of `continueFrom` must be the snapshot of a checkpoint, got "cb"',
  ],
]

test.each(FIRST_CALLS)(
  'a first call with %s throws one sentence, and the same kernel then accepts the right call',
  (_, call, sentence) => {
    const dir = runDir()
    const kernel = openKernel(dir)
    expect(() => call(kernel)).toThrow(new KernelError('bad-call', sentence))
    kernel.continueFrom({ step: 0 })
    kernel.apply({ step: 0 }, ['train_step_end'])
    kernel.close()
    expect(ledger(dir)).toHaveLength(1)
  },
)

test('`applyAsync` rejects its promise for a wrong first call', async () => {
  const kernel = openKernel(runDir())
  await expect(kernel.applyAsync({ step: 0.5 })).rejects.toThrow('the step of `apply` must be a whole number >= 0')
  kernel.close()
})

test('a checkpoint instead of its snapshot is reported', () => {
  const dir = runDir()
  const first = openKernel(dir, { checkpoints: { save: () => undefined } })
  first.save()
  first.apply({ step: 0 })
  first.close()
  const kernel = openKernel(dir)
  expect(() => kernel.continueFrom({ step: 1 }, latestCheckpoint(dir) as never)).toThrow(
    'must be the snapshot of a checkpoint, got a checkpoint: write `checkpoint.snapshot`',
  )
  kernel.close()
})

test('in the middle of a training run nothing throws: a wrong call is logged once, and commands still work', () => {
  const dir = runDir()
  const heard: string[] = []
  const ear = {
    name: 'ear',
    onEvent: (event: string, env: { step: number }) => void heard.push(`${env.step} ${event}`),
  }
  const { state, optimizer } = toyTrainer()
  const kernel = openKernel(dir, { state, modules: [ear], lookMs: 0 })
  kernel.apply({ step: 0 }, ['train_step_end'])
  for (const wrong of [undefined, {}, { step: Number.NaN }, { step: 1.5 }]) {
    kernel.apply(wrong as never, 'val_epoch_end' as never)
  }
  kernel.submit({ module: 'opt', op: 'set_params', params: { lr: 0.01 } })
  kernel.apply({ step: '2' } as never, ['train_step_end', 7] as never)
  kernel.apply({ step: 1 }, ['train_step_end'])
  kernel.close()
  expect(optimizer.paramGroups[0]?.lr).toBe(0.01)
  expect(heard).toEqual([
    '0 train_step_end',
    ...Array(4).fill('0 val_epoch_end'),
    '0 train_step_end',
    '1 train_step_end',
  ])
  expect(ledger(dir).at(-1)).toMatchObject({ step: 0, call: 5, decision: 'applied' })
  const log = readFileSync(join(dir, 'hotcb.log'), 'utf8').trimEnd().split('\n')
  expect(log.map((line) => line.replace(/^\S+ \[hotcb\.kernel\] /, ''))).toEqual([
    '`apply` must be given the step just trained, such as `apply({ step: 0 })`, got undefined; such a call counts as another call in the previous step',
    'the events of `apply` must be a list of names, got "val_epoch_end": write `["val_epoch_end"]`; text counts as one event, and anything that is not text is left out',
  ])
})

test('other arguments of such a call still reach the modules, and their getters are not read', () => {
  const seen: unknown[] = []
  let reads = 0
  const ear = {
    name: 'ear',
    onEvent: (_: string, env: { readonly [key: string]: unknown }) => void seen.push(env['phase'], env['step']),
  }
  const kernel = createKernel({ modules: [ear] })
  kernel.apply({ step: 4 })
  const env = {
    phase: 'val',
    get grads() {
      reads++
      return []
    },
  }
  kernel.apply(env as never, ['x'])
  kernel.close()
  expect(seen).toEqual(['val', 4])
  expect(reads).toBe(0)
})
