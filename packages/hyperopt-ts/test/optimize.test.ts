import { expect, test, vi } from 'vitest'
import { createStudy, float, type OptimizeOptions, optimize, randomSampler } from '../src/index.ts'

const study = () => createStudy({ space: { x: float(0, 1) }, sampler: randomSampler() })

test.each<[unknown, string]>([
  [undefined, 'RangeError: set `trials`, `timeoutMs` or `signal`, so that the search ends'],
  [{}, 'RangeError: set `trials`, `timeoutMs` or `signal`, so that the search ends'],
  [{ parallel: 2 }, 'RangeError: set `trials`, `timeoutMs` or `signal`, so that the search ends'],
  [{ trials: -1 }, 'RangeError: `trials` must be a whole number >= 0, got -1'],
  [{ trials: 1.5 }, 'RangeError: `trials` must be a whole number >= 0, got 1.5'],
  [{ trials: '3' }, 'RangeError: `trials` must be a whole number >= 0, got "3"'],
  [{ timeoutMs: -1 }, 'RangeError: `timeoutMs` must be from 0 to 2^31 milliseconds, got -1'],
  [{ timeoutMs: 2 ** 31 - 1 }, 'RangeError: `timeoutMs` must be from 0 to 2^31 milliseconds, got 2147483647'],
  [{ timeoutMs: Number.NaN }, 'RangeError: `timeoutMs` must be from 0 to 2^31 milliseconds, got NaN'],
  [{ trials: 1, parallel: 0 }, 'RangeError: `parallel` must be a whole number >= 1, got 0'],
  [{ trials: 1, parallel: 1.5 }, 'RangeError: `parallel` must be a whole number >= 1, got 1.5'],
])('a search with the options %j is rejected', async (options, message) => {
  const of = study()
  const refusal = await optimize(of, () => 1, options as OptimizeOptions).catch(String)
  expect([refusal, of.trials]).toEqual([message, []])
})

test('an objective that is not a function is rejected', async () => {
  await expect(optimize(study(), { x: 1 } as never, { trials: 1 })).rejects.toThrow(
    '`objective` must be a function, got an object',
  )
})

test('a search runs one trial at a time unless `parallel` is larger, and never more than `trials`', async () => {
  const most = async (trials: number, parallel?: number): Promise<number[]> => {
    const of = study()
    let [running, peak] = [0, 0]
    const { stoppedBy, callbackErrors } = await optimize(
      of,
      async () => {
        peak = Math.max(peak, ++running)
        await new Promise((resolve) => setImmediate(resolve))
        running -= 1
        return 'pruned' as const
      },
      { trials, ...(parallel === undefined ? {} : { parallel }) },
    )
    expect([stoppedBy, callbackErrors]).toEqual(['trials', []])
    expect(of.trials.every(({ state }) => state === 'pruned')).toBe(true)
    return [peak, of.trials.length]
  }
  expect([await most(0), await most(1, 3), await most(4), await most(5, 2)]).toEqual([
    [0, 0],
    [1, 1],
    [1, 4],
    [2, 5],
  ])
})

test('an abort passes its reason to the objective and ends the search, which removes its listener', async () => {
  const of = study()
  const controller = new AbortController()
  const added = vi.spyOn(controller.signal, 'addEventListener')
  const removed = vi.spyOn(controller.signal, 'removeEventListener')
  const reasons: unknown[] = []
  const result = await optimize(
    of,
    ({ number }, { signal }) => {
      if (number === 1) controller.abort('enough')
      reasons.push(signal.aborted && signal.reason)
      return number
    },
    { signal: controller.signal },
  )
  expect([result, reasons]).toEqual([{ stoppedBy: 'signal', callbackErrors: [] }, [false, 'enough']])
  expect(added).toHaveBeenCalledTimes(1)
  expect(removed.mock.calls).toEqual(added.mock.calls)
  expect(added.mock.calls[0]?.[0]).toBe('abort')
})

test('an abort from outside reaches an objective that never waits', async () => {
  const of = study()
  const controller = new AbortController()
  setTimeout(() => controller.abort(), 0)
  const { stoppedBy } = await optimize(of, () => 1, { signal: controller.signal, trials: 100_000 })
  expect(stoppedBy).toBe('signal')
})

test('a timeout ends a search after the running trials, and leaves no timer', async () => {
  vi.useFakeTimers()
  try {
    const of = study()
    const run = optimize(
      of,
      ({ number }, { signal }) =>
        new Promise((resolve) => signal.addEventListener('abort', () => resolve(number), { once: true })),
      { timeoutMs: 50, parallel: 2, trials: 9 },
    )
    await vi.advanceTimersByTimeAsync(49)
    expect(of.trials.map(({ state }) => state)).toEqual(['running', 'running'])
    await vi.advanceTimersByTimeAsync(2)
    expect([await run, of.trials.map(({ value }) => value)]).toEqual([
      { stoppedBy: 'timeout', callbackErrors: [] },
      [0, 1],
    ])
    const quick = optimize(of, () => 1, { timeoutMs: 1000, trials: 1 })
    await vi.advanceTimersByTimeAsync(1)
    expect([(await quick).stoppedBy, vi.getTimerCount()]).toEqual(['trials', 0])
    const controller = new AbortController()
    const both = optimize(
      of,
      async (_trial, { signal }) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
        controller.abort()
        return 1
      },
      { timeoutMs: 5, signal: controller.signal },
    )
    await vi.advanceTimersByTimeAsync(6)
    // The limit that was reached first is reported.
    expect((await both).stoppedBy).toBe('timeout')
  } finally {
    vi.useRealTimers()
  }
})

test('an error ends the whole search after the running trials', async () => {
  const of = study()
  const called: (number | string)[] = []
  const run = optimize(
    of,
    async ({ number }) => {
      if (number === 0) throw new Error('no GPU')
      await new Promise((resolve) => setImmediate(resolve))
      return number
    },
    { trials: 9, parallel: 2, callbacks: [(_of, { number, state }) => void called.push(number, state)] },
  )
  await expect(run).rejects.toThrow(new Error('no GPU'))
  expect([of.trials.map(({ reason, value }) => reason ?? value), called]).toEqual([
    ['no GPU', 1],
    [0, 'failed', 1, 'complete'],
  ])
})

test('an objective may tell its own trial and then throw', async () => {
  const of = study()
  const run = optimize(
    of,
    (trial) => {
      of.tell(trial, 7)
      throw new Error('late')
    },
    { trials: 3 },
  )
  await expect(run).rejects.toThrow('late')
  expect(of.trials.map(({ state, value }) => [state, value])).toEqual([['complete', 7]])
})
