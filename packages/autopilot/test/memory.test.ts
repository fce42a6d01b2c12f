import { expect, test } from 'vitest'
import { memoryJson, NO_MEMORY, readMemory } from '../src/ai/memory.ts'

const RUN = { run: 'r1', finalKeyMetric: 0.5, verdict: 'slow', learnings: ['a', 'b'] }
const MEMORY = {
  keyMetric: 'loss',
  watch: ['a'],
  rawAsked: ['b'],
  runNumber: 3,
  history: [RUN],
  carried: 'lower rates',
  nextCheckStep: 40,
}

test('a memory is the same after it was written and read', () => {
  expect(readMemory(memoryJson(MEMORY, { maxRuns: 5, keyMode: 'auto' }))).toEqual(MEMORY)
  expect(readMemory(memoryJson(NO_MEMORY, { maxRuns: 5, keyMode: 'auto' }))).toEqual(NO_MEMORY)
  expect(memoryJson(MEMORY, { maxRuns: 5, keyMode: 'auto' })).toMatchObject({ max_runs: 5, key_metric_mode: 'auto' })
})

test('an invalid field of a memory counts as absent, and the others are kept', () => {
  for (const given of [null, 3, 'text', [1]]) expect(readMemory(given)).toEqual(NO_MEMORY)
  const whole = memoryJson(MEMORY, { maxRuns: 5, keyMode: 'auto' })
  const wrong: [string, readonly unknown[], Partial<typeof NO_MEMORY>][] = [
    ['key_metric', [3, null], { keyMetric: null }],
    ['watch_metrics', [3, 'a'], { watch: [] }],
    ['watch_metrics_raw', [{}], { rawAsked: [] }],
    ['run_number', [0, -1, 1.5, '3'], { runNumber: 1 }],
    ['run_history', [3, {}, [3], [{ run_id: 3 }]], { history: [] }],
    ['carried_context', [3, null], { carried: '' }],
    ['next_check_step', [1.5, '3'], { nextCheckStep: null }],
  ]
  for (const [key, values, expected] of wrong) {
    for (const value of values)
      expect(readMemory({ ...whole, [key]: value }), `${key} ${value}`).toEqual({ ...MEMORY, ...expected })
  }
  const entry = (more: object): unknown => readMemory({ run_history: [{ run_id: 'r', ...more }] }).history[0]
  const bare = { run: 'r', finalKeyMetric: null, verdict: null, learnings: [] }
  expect(entry({ final_key_metric: 'x', ai_verdict: 3, carried_learnings: 'a' })).toEqual(bare)
  expect(entry({ carried_learnings: ['a', 3, 'b'] })).toEqual({ ...bare, learnings: ['a', 'b'] })
})

test('the size of a memory is limited: runs, lessons, texts and lists', () => {
  const long = 'x'.repeat(5000)
  const runs = Array.from({ length: 25 }, (_, i) => ({
    run_id: `${i} ${long}`,
    ai_verdict: long,
    carried_learnings: Array(9).fill('a'),
  }))
  const { history, carried, watch } = readMemory({
    run_history: runs,
    carried_context: long,
    watch_metrics: Array(80).fill('m'),
  })
  expect([history.length, history[0]?.run.slice(0, 2), history.at(-1)?.run.slice(0, 2)]).toEqual([20, '5 ', '24'])
  expect([history[0]?.run.length, history[0]?.verdict?.length, history[0]?.learnings.length]).toEqual([100, 200, 5])
  expect([carried.length, watch.length]).toEqual([2000, 50])
})
