import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createKernel } from '../src/index.ts'
import { createSteadyMap } from '../src/steady-map.ts'
import { memoryRun } from './memory-run.ts'
import { toyTrainer } from './run-dir.ts'

test('it is a map', () => {
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

test('the parts get an even share of counted keys, so that none of them grows large', () => {
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

test('a safe point whose first commands are slow ends after few of them, and what was due counts', () => {
  const run = memoryRun()
  const { optimizer, state } = toyTrainer()
  const slow = Object.create(state, {
    apply: {
      value: (...args: Parameters<typeof state.apply>) => {
        run.world.now += 2
        return state.apply(...args)
      },
    },
  }) as typeof state
  const kernel = createKernel({ ...run, state: slow })
  for (let i = 1; i <= 40; i++) {
    run.command({ cid: `c${i}`, module: 'opt', op: 'set_params', params: { momentum: i / 100 } })
  }
  const taken: number[] = []
  for (let step = 0; step < 3; step++) {
    const before = run.decisions().length
    kernel.apply({ step })
    taken.push(run.decisions().length - before)
  }
  // 3 ms are passed with the second of them.
  expect(taken).toEqual([2, 2, 2])
  expect(optimizer.paramGroups[0]?.momentum).toBe(0.06)
})
