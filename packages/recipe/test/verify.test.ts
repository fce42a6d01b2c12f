import type { MetricRecord } from '@hotcb/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { diffRuns, lastMetrics, verifyRuns } from '../src/index.ts'

describe('lastMetrics', () => {
  const record = fc.record({
    step: fc.nat({ max: 9 }),
    metrics: fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.option(fc.nat({ max: 3 }))),
  })

  test('returns the same as a map of all records, in step order, no matter how often steps go back', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 40 }), (records) => {
        const all = new Map<number, Record<string, number | null>>()
        for (const { step, metrics } of records) all.set(step, { ...all.get(step), ...metrics })
        const expected = [...all].sort(([a], [b]) => a - b)
        const given = [...lastMetrics(records)].map(({ step, metrics }) => [step, Object.fromEntries(metrics)])
        expect(given).toEqual(expected)
      }),
      { numRuns: 1000 },
    )
  })

  test('reads a file twice if its steps never go back, and three times after many restarts', () => {
    const passes = (steps: readonly number[]): number => {
      let count = 0
      const records: Iterable<MetricRecord> = {
        [Symbol.iterator]: function* () {
          count++
          for (const step of steps) yield { step, metrics: { loss: step } }
        },
      }
      expect([...lastMetrics(records)].length).toBe(new Set(steps).size)
      // One of these reads checks that it is not a generator.
      return count
    }
    const restarted = Array.from({ length: 50 }, (_, i) => [0, 1, 2, 3].map((step) => i * 2 + step)).flat()
    expect([passes([1, 2, 2, 3]), passes(restarted)]).toEqual([2, 3])
  })

  test('refuses a generator, which can be iterated only once', () => {
    function* once(): Generator<MetricRecord> {
      yield { step: 1, metrics: {} }
    }
    expect(() => [...lastMetrics(once())]).toThrow(TypeError)
  })
})

describe('verifyRuns', () => {
  const run = Array.from(
    { length: 300 },
    (_, step): MetricRecord => ({
      step,
      wall_time: step * 1.5,
      metrics: { loss: Math.exp(-step / 100), lr: 0.1, 'time/step': step * Math.E, 'sys/rss': step },
    }),
  )
  const metrics = (change: (record: MetricRecord) => MetricRecord): MetricRecord[] => run.map(change)

  test('treats runs that differ only in time, machine and ghosts as identical', () => {
    const other = metrics(({ step, metrics }) => ({
      step,
      wall_time: null,
      metrics: { ...metrics, 'time/step': 7, 'sys/gpu': 1 },
    }))
    const restarted = [...other.slice(0, 120).map((one) => ({ ...one, metrics: { loss: 9 } })), ...other.slice(80, 100)]
    // Steps 0 to 79 and then 80 to 299 are written again at the end, so the last line for every step is correct.
    const whole = [...restarted, ...other.slice(0, 80), ...other.slice(80)]
    expect(verifyRuns({ metrics: run, weightsSha256: 'ab' }, { metrics: whole, weightsSha256: 'ab' })).toEqual({
      verdict: 'identical',
      equal: 600,
      first: null,
      missing: { count: 0, examples: [] },
      weights: { a: 'ab', b: 'ab', equal: true },
    })
  })

  test('finds a difference of one unit in the last place, at its step', () => {
    const loss = Math.exp(-137 / 100)
    const other = metrics((one) =>
      one.step === 137 ? { ...one, metrics: { ...one.metrics, loss: nextUp(loss) } } : one,
    )
    const found = verifyRuns({ metrics: run }, { metrics: other })
    expect([found.verdict, found.first]).toEqual(['different', { step: 137, name: 'loss', a: loss, b: nextUp(loss) }])
    expect(verifyRuns({ metrics: run }, { metrics: other }, { metrics: (name) => name !== 'loss' }).verdict).toBe(
      'identical',
    )
  })

  test('treats a non-finite value as equal only to itself', () => {
    const nothing = [{ step: 1, metrics: { loss: null } }]
    expect(verifyRuns({ metrics: nothing }, { metrics: nothing }).verdict).toBe('identical')
    expect(verifyRuns({ metrics: nothing }, { metrics: [{ step: 1, metrics: { loss: 0 } }] }).first).toEqual({
      step: 1,
      name: 'loss',
      a: null,
      b: 0,
    })
  })

  test('reports values that only one side has', () => {
    const shorter = run.slice(0, 298)
    const found = verifyRuns({ metrics: run }, { metrics: [...shorter, { step: 298, metrics: { acc: 1 } }] })
    expect([found.verdict, found.equal, found.missing]).toEqual([
      'missing',
      596,
      {
        count: 5,
        examples: [
          { step: 298, name: 'loss', in: 'a' },
          { step: 298, name: 'lr', in: 'a' },
          { step: 298, name: 'acc', in: 'b' },
          { step: 299, name: 'loss', in: 'a' },
          { step: 299, name: 'lr', in: 'a' },
        ],
      },
    ])
  })

  test('reports different weights as different, and absent ones as missing', () => {
    const verdict = (a: string | null, b: string | null): string =>
      verifyRuns({ metrics: [], weightsSha256: a }, { metrics: [], weightsSha256: b }).verdict
    expect([verdict('ab', 'ab'), verdict('ab', 'cd'), verdict('ab', null), verdict(null, null)]).toEqual([
      'identical',
      'different',
      'missing',
      'identical',
    ])
  })
})

test('a comparison leaves out only names that begin with `time/` or `sys/`', () => {
  const at = (value: number) => ({
    metrics: [{ step: 1, metrics: { 'val_time/x': value, 'time/x': value, 'sys/x': value, time: value } }],
  })
  expect(verifyRuns(at(1), at(1))).toMatchObject({ verdict: 'identical', equal: 2 })
  expect(verifyRuns(at(1), at(2)).first).toEqual({ step: 1, name: 'val_time/x', a: 1, b: 2 })
  const only = { metrics: (name: string) => name === 'time' || name === 'time/x' }
  expect(verifyRuns(at(1), at(2), only).first?.name).toBe('time')
})

test('the first twenty values that one side lacks are listed, and all are counted', () => {
  const metrics = Array.from({ length: 30 }, (_, step) => ({ step, metrics: { loss: 1 } }))
  const { missing } = verifyRuns({ metrics }, { metrics: [] })
  expect([missing.count, missing.examples.length, missing.examples.at(-1)?.step]).toEqual([30, 20, 19])
})

test('a comparison stops at the first step with a difference, and counts nothing after it', () => {
  const run = (values: readonly number[]) => ({ metrics: values.map((loss, step) => ({ step, metrics: { loss } })) })
  expect(verifyRuns(run([1, 2, 3, 4]), run([1, 9, 3]))).toMatchObject({
    verdict: 'different',
    equal: 1,
    first: { step: 1, name: 'loss', a: 2, b: 9 },
    missing: { count: 0 },
  })
})

test('a difference in the weights takes precedence over a missing value', () => {
  const metrics = [{ step: 1, metrics: { loss: 1 } }]
  const verdict = (a: string | null, b: string | null) =>
    verifyRuns({ metrics, weightsSha256: a }, { metrics: [], weightsSha256: b }).verdict
  expect([verdict('ab', 'cd'), verdict('ab', 'ab'), verdict(null, 'cd')]).toEqual(['different', 'missing', 'missing'])
})

test('diffRuns reports settings, changes, results and where the runs diverge', () => {
  const document = {
    run_id: 'a',
    config: 'digits',
    max_steps: 10,
    max_time: null,
    step_delay: null,
    seed: 42,
    key_metric: 'acc',
    started_at: 'then',
    run_dir: 'runs/a',
    final_metrics: { acc: 0.9, loss: 0.5 },
    weights_sha256: 'ab',
  }
  const lr = { at: { step: 2, event: null }, module: 'opt', op: 'set_params', id: 'main', params: { lr: 1 } }
  const a = { run: document, changes: [lr], metrics: [{ step: 2, metrics: { loss: 1 } }] }
  const b = {
    run: { ...document, run_id: 'b', seed: 7, final_metrics: { acc: 0.95, f1: 1 }, weights_sha256: 'cd' },
    changes: [{ ...lr, params: { lr: 2 } }],
    metrics: [{ step: 2, metrics: { loss: 2 } }],
  }
  expect(diffRuns(a, b)).toEqual({
    parameters: [{ name: 'seed', a: 42, b: 7 }],
    changes: [
      { kind: 'changed', before: lr, after: b.changes[0], fields: [{ path: 'params.lr', before: 1, after: 2 }] },
    ],
    finals: [
      { name: 'acc', a: 0.9, b: 0.95, change: 0.95 - 0.9 },
      { name: 'f1', a: null, b: 1, change: null },
      { name: 'loss', a: 0.5, b: null, change: null },
    ],
    verification: {
      verdict: 'different',
      equal: 0,
      first: { step: 2, name: 'loss', a: 1, b: 2 },
      missing: { count: 0, examples: [] },
      weights: { a: 'ab', b: 'cd', equal: false },
    },
  })
})

// The next double above a positive one.
function nextUp(value: number): number {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  view.setBigUint64(0, view.getBigUint64(0) + 1n)
  return view.getFloat64(0)
}

test('diffRuns uses the final metrics if the run document has none, and nothing if neither is known', () => {
  const one = { run: null, changes: [], metrics: [] }
  expect(diffRuns({ ...one, finals: { acc: 0.5, n: null } }, { ...one, finals: { acc: 0.5 } })).toMatchObject({
    parameters: [],
    changes: [],
    finals: [
      { name: 'acc', a: 0.5, b: 0.5, change: 0 },
      { name: 'n', a: null, b: null, change: null },
    ],
    verification: { verdict: 'identical', weights: null },
  })
  expect(diffRuns({ ...one, weightsSha256: 'ab' }, one).verification).toMatchObject({
    verdict: 'missing',
    weights: { a: 'ab', b: null, equal: false },
  })
})
