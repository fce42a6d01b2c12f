import type * as protocol from '@hotcb/protocol'
import { expect, expectTypeOf, test } from 'vitest'
import { type ApplyResult, createKernel, type Kernel } from '../src/index.ts'
import { type CheckpointHandlers, listCheckpoints, openKernel } from '../src/node.ts'
import { ledger, runDir } from './run-dir.ts'

test('`save` requests a checkpoint at the next safe point, named by a tag or by the step', () => {
  const dir = runDir()
  const kernel = openKernel(dir, { checkpoints: { save: () => undefined } })
  kernel.save()
  kernel.apply({ step: 6 }, ['train_step_end'])
  kernel.save('best')
  kernel.apply({ step: 7 }, ['train_step_end'])
  kernel.close()
  expect(listCheckpoints(dir).map(({ tag, step }) => [tag, step])).toEqual([
    ['step-7', 7],
    ['best', 8],
  ])
})

test('it is the same as submitting the op', () => {
  const [short, long] = [runDir(), runDir()]
  for (const [dir, ask] of [
    [short, (kernel: Kernel) => kernel.save('best')],
    [
      long,
      (kernel: Kernel) => kernel.submit({ module: 'core', op: 'checkpoint', params: { action: 'save', tag: 'best' } }),
    ],
  ] as const) {
    const kernel = openKernel(dir, { checkpoints: { save: () => undefined } })
    ask(kernel)
    kernel.apply({ step: 0 })
    kernel.close()
  }
  const told = (dir: string): unknown => ({ ...ledger(dir)[1], wall_time: 0 })
  expect(told(short)).toEqual(told(long))
  expect(told(short)).toMatchObject({ source: 'trainer', decision: 'applied', payload: { tag: 'best' } })
})

test('an invalid tag fails in the ledger, and the training continues', () => {
  const dir = runDir()
  const kernel = openKernel(dir, { checkpoints: { save: () => undefined } })
  kernel.save('../outside')
  kernel.save(7 as never)
  kernel.apply({ step: 0 })
  kernel.close()
  expect(ledger(dir).map(({ decision }) => decision)).toEqual(['applied', 'failed', 'failed'])
  expect(listCheckpoints(dir)).toEqual([])
})

test('a `load` that returns nothing continues from the step in `meta.json`, one that returns a step from that step', () => {
  const dir = runDir()
  const loads: (() => { step: number } | undefined)[] = [() => undefined, () => ({ step: 1 })]
  const kernel = openKernel(dir, {
    checkpoints: { save: () => undefined, load: () => loads.shift()?.() },
    lookMs: 0,
  })
  kernel.apply({ step: 0 })
  kernel.save('a')
  kernel.apply({ step: 1 })
  for (const step of [2, 3]) {
    kernel.submit({ module: 'core', op: 'checkpoint', params: { action: 'load', tag: 'a' } })
    expect(kernel.apply({ step }).rewound).toBe(step === 2 ? 2 : 1)
  }
  kernel.close()
})

// `tsc` checks these; at run time they are empty.
test('the types of the public API match what trainers write', () => {
  expectTypeOf<ApplyResult>().toEqualTypeOf<protocol.ApplyResult>()
  expectTypeOf<Kernel['apply']>().returns.toEqualTypeOf<ApplyResult>()
  expectTypeOf<Kernel['save']>().parameters.toEqualTypeOf<[tag?: string]>()
  expectTypeOf<() => void>().toExtend<NonNullable<CheckpointHandlers['load']>>()
  expectTypeOf<() => Promise<void>>().toExtend<NonNullable<CheckpointHandlers['load']>>()
  expectTypeOf<() => { step: number }>().toExtend<NonNullable<CheckpointHandlers['load']>>()
  expectTypeOf<() => { steps: number }>().not.toExtend<NonNullable<CheckpointHandlers['load']>>()
  // @ts-expect-error: a list of actuators is not a state.
  expect(() => createKernel({ state: [] })).toThrow('`state`')
})
