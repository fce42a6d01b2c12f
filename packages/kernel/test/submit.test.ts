import type { HotModule, ModuleContext, SubmittedOp } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { createKernel, type KernelOptions } from '../src/index.ts'
import { memoryRun } from './memory-run.ts'
import { toyTrainer } from './run-dir.ts'

const momentum = (value: number, more: Partial<SubmittedOp> = {}): SubmittedOp => ({
  module: 'opt',
  op: 'set_params',
  params: { momentum: value },
  ...more,
})

function open(more: KernelOptions = {}) {
  const run = memoryRun()
  const said: string[] = []
  const contexts: ModuleContext[] = []
  const module: HotModule = { name: 'm', attach: (context) => void contexts.push(context) }
  const kernel = createKernel({
    ...run,
    state: toyTrainer().state,
    modules: [module],
    lookMs: 0,
    log: (message) => said.push(message),
    ...more,
  })
  const [context] = contexts
  if (context === undefined) throw new Error('a module is attached')
  return { run, kernel, said, context }
}

test('a request has its own source, or that of its caller, and its own id or one from the kernel', () => {
  const { run, kernel, context } = open()
  expect(kernel.submit(momentum(0.1))).toBe('k1-1')
  expect(context.submit(momentum(0.2, { note: 'n', author: 'ann' }))).toBe('k1-2')
  expect(context.submit(momentum(0.3, { cid: 'mine', source: 'other' }))).toBe('mine')
  kernel.apply({ step: 0 })
  const told = run.lines().slice(1)
  expect(told.map(({ cid, source, notes, author, id }) => [cid, source, notes, author, id])).toEqual([
    ['k1-1', 'trainer', null, null, 'main'],
    ['k1-2', 'm', 'n', 'ann', 'main'],
    ['mine', 'other', null, null, 'main'],
  ])
})

test('an id that is waiting or answered is refused with one log line, and decided once', () => {
  const { run, kernel, said, context } = open()
  expect(context.submit(momentum(0.2, { cid: 'a' }))).toBe('a')
  expect(context.submit(momentum(0.3, { cid: 'a' }))).toBe(null)
  kernel.apply({ step: 0 })
  expect(kernel.submit(momentum(0.4, { cid: 'a' }))).toBe(null)
  expect(kernel.submit(momentum(0.5, { cid: 'a', source: 'x' }))).toBe(null)
  kernel.apply({ step: 1 })
  expect(run.decisions()).toEqual([['a', 'applied']])
  const rest = 'submitted opt set_params with cid `a`, which is already used: it is ignored'
  expect(said).toEqual([`\`m\` ${rest}`, `\`trainer\` ${rest}`, `\`x\` ${rest}`])
})

test('a module that submits as the kernel is not frozen, and other requests are', () => {
  const { run, kernel, context } = open({
    freeze: { changed: () => false, read: () => '{"mode":"prod"}' },
  })
  context.submit(momentum(0.2, { cid: 'a' }))
  context.submit(momentum(0.3, { cid: 'b', source: 'kernel' }))
  kernel.submit(momentum(0.4, { cid: 'c', source: 'kernel' }))
  kernel.apply({ step: 0 })
  expect(run.decisions()).toEqual([
    ['a', 'ignored_freeze'],
    ['b', 'applied'],
    ['c', 'ignored_freeze'],
  ])
})

test('in a replay a module may submit only as the kernel', () => {
  const { run, kernel, context, said } = open({
    freeze: { changed: () => false, read: () => '{"mode":"replay"}' },
    recipes: { load: () => ({ ok: true, value: { entries: [], origins: [], notes: [] } }) },
  })
  kernel.continueFrom({ step: 0 })
  expect(context.submit(momentum(0.2, { cid: 'a' }))).toBe(null)
  expect(context.submit(momentum(0.2, { cid: 'b', source: 'x' }))).toBe(null)
  expect(context.submit(momentum(0.2, { cid: 'c', source: 'kernel' }))).toBe('c')
  const rest = 'may not submit while a recipe is being followed (mode replay): opt set_params is ignored'
  expect(said).toEqual([`\`m\` ${rest}`, `\`x\` ${rest}`])
  kernel.apply({ step: 0 })
  expect(run.decisions().map(([cid]) => cid)).toEqual(['c'])
})
