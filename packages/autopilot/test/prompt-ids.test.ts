import { expect, test } from 'vitest'
import { NO_MEMORY } from '../src/ai/memory.ts'
import { promptIds } from '../src/ai/prompt-ids.ts'
import type { PromptView } from '../src/ai/prompt-view.ts'
import { createTrends } from '../src/ai/trends.ts'
import { verdictOf } from '../src/confidence.ts'
import { control } from './support.ts'

function view(more: Partial<PromptView> = {}, metrics: Record<string, (step: number) => number> = {}): PromptView {
  const trends = createTrends()
  for (let step = 0; step < 50; step++) {
    trends.take(step, Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, value(step)])))
  }
  return { trends, controls: [], callbacks: [], memory: NO_MEMORY, keyMetric: null, ...more } as PromptView
}

test('metrics are numbered by importance: the key metric, watched metrics, losses, then those that change most', () => {
  const flat = (): number => 1
  const noise = (step: number): number => Math.sin(step * 7)
  const metrics = {
    flat: noise,
    falling: (step: number) => 100 - step,
    aux_loss: noise,
    watched: noise,
    key: noise,
    'sys/cpu': flat,
    'sys/gpu': flat,
  }
  const keyMetric = { name: 'key', direction: 'min' } as const
  const memory = { ...NO_MEMORY, watch: ['watched', 'sys/gpu'] }
  const ids = promptIds(view({ keyMetric, memory }, metrics))
  expect(Object.fromEntries(ids.metrics)).toEqual({
    ...{ m1: 'key', m2: 'watched', m3: 'sys/gpu', m4: 'aux_loss', m5: 'falling', m6: 'flat' },
  })
  const own = promptIds(view({ keyMetric, memory: { ...NO_MEMORY, keyMetric: 'sys/cpu' } }, metrics))
  expect([...own.metrics.values()].slice(0, 2)).toEqual(['sys/cpu', 'aux_loss'])
})

test('only controls that are numbers and enabled have an id, and groups only if there are several', () => {
  const groups = [
    { value: 0.1, place: 3, name: 'a' },
    { value: 0.2, name: 'b' },
  ]
  const controls = [
    control('off', 1, { state: 'disabled' }),
    control('word', 1, { current: 'adam' }),
    control('lr', 0.1, { groups } as never),
    control('wd', 0.1, { groups } as never),
  ]
  const ids = promptIds(view({ controls }))
  expect([...ids.controls].map(([id, { param_key }]) => [id, param_key])).toEqual([
    ['c1', 'lr'],
    ['c2', 'wd'],
  ])
  expect([...ids.groups].map(([id, { place, value, control: one }]) => [id, place, value, one.param_key])).toEqual([
    ['g1', 3, 0.1, 'lr'],
    ['g2', 1, 0.2, 'lr'],
  ])
  const single = [control('lr', 0.1, { groups: groups.slice(0, 1) } as never)]
  expect(promptIds(view({ controls: single })).groups.size).toBe(0)
})

test('the numbers of metrics, controls and callbacks are limited', () => {
  const many = Array.from({ length: 70 }, (_, i) => `x${i}`)
  const ids = promptIds(
    view(
      { controls: many.map((key) => control(key, 1)), callbacks: many.map((id) => ({ id, enabled: true })) },
      Object.fromEntries(many.map((name) => [name, () => 1])),
    ),
  )
  expect([ids.metrics.size, ids.controls.size, ids.callbacks.size]).toEqual([60, 40, 20])
  expect([ids.callbacks.get('k1'), ids.callbacks.get('k20')]).toEqual(['x0', 'x19'])
})

test('whether a rule reports, proposes or acts depends on mode, confidence and limits', () => {
  const modes = ['off', 'suggest', 'auto'] as const
  const verdicts = (
    confidence: 'low' | 'medium' | 'high',
    permission: 'auto' | 'ask' | 'never',
    version: 1 | 2 = 2,
  ): string => modes.map((mode) => verdictOf(mode, { confidence, version }, { permission, because: '' })).join(' ')
  expect(verdicts('high', 'auto')).toBe('alert propose act')
  expect(verdicts('medium', 'auto')).toBe('alert propose act')
  expect(verdicts('low', 'auto')).toBe('alert alert propose')
  expect(verdicts('low', 'auto', 1)).toBe('alert propose propose')
  expect(verdicts('high', 'ask')).toBe('alert propose propose')
  expect(verdicts('high', 'never')).toBe('alert alert alert')
})
