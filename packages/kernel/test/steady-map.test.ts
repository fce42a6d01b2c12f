import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createKernel } from '../src/index.ts'
import { createSteadyMap } from '../src/steady-map.ts'
import { memoryRun } from './memory-run.ts'
import { toyTrainer } from './run-dir.ts'

test('it behaves like a map', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string({ maxLength: 6 }), fc.nat())), (pairs) => {
      const [steady, plain] = [createSteadyMap<number>(), new Map<string, number>()]
      for (const [key, value] of pairs) {
        expect(steady.has(key)).toBe(plain.has(key))
        steady.set(key, value)
        plain.set(key, value)
      }
      for (const [key] of pairs) expect(steady.get(key)).toBe(plain.get(key))
      expect(steady.get('another key')).toBe(undefined)
    }),
  )
})

test('counted keys are distributed evenly over the parts, so that none grows large', () => {
  const { set } = Map.prototype
  const sizes = new Map<object, number>()
  Map.prototype.set = function (this: Map<unknown, unknown>, key, value) {
    set.call(this, key, value)
    set.call(sizes, this, this.size)
    return this
  }
  try {
    const steady = createSteadyMap<number>()
    for (let i = 0; i < 64_000; i++) steady.set(`01hzx${String(i).padStart(14, '0')}`, i)
  } finally {
    Map.prototype.set = set
  }
  expect(Math.max(...sizes.values())).toBeLessThan(3000)
})

test('due entries use part of the time for new commands', () => {
  const takenAfter = (dueMs: number): number => {
    const run = memoryRun()
    const { state } = toyTrainer()
    const slow: typeof state = Object.create(state, {
      apply: {
        value: (...args: Parameters<typeof state.apply>) => {
          run.world.now += args[0].id === 'slow' ? dueMs : 0.1
          return state.apply(...args)
        },
      },
    })
    const set = { module: 'opt', op: 'set_params', params: { momentum: 0.5 } }
    const kernel = createKernel({ ...run, state: slow })
    run.command({ cid: 'held', id: 'slow', at: { step: 5 }, ...set })
    kernel.apply({ step: 0 })
    for (let i = 0; i < 90; i++) run.command({ cid: `c${i}`, ...set })
    run.world.now += 10
    kernel.apply({ step: 5 })
    return run.decisions().filter(([cid]) => cid?.startsWith('c')).length
  }
  expect([takenAfter(0), takenAfter(2), takenAfter(9)]).toEqual([32, 16, 16])
})
