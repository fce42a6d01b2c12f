import type { ControlDescription } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { groupCharts } from '../../src/shared/chart-groups.ts'
import type { QueuedRow } from '../../src/shared/queued-row.ts'
import { controlOfMetric, restOf } from '../../src/web/changes/ahead.ts'
import { planAhead } from '../../src/web/changes/plan-ahead.ts'

test('scheduled changes are drawn from the current step on: the value until then, and the new one after it', () => {
  const lines = planAhead({ controls: [control()], waiting: [row(900, { lr: 0.01 })], now: 400, total: null })
  expect(lines.get('lr')).toEqual({ steps: [0, 900, 900, 1800], values: [0.05, 0.05, 0.01, 0.01] })
  expect(restOf({ steps: [0, 900, 900, 1800], values: [0.05, 0.05, 0.01, 0.01] }, 400)).toEqual({
    steps: [400, 900, 900, 1800],
    values: [0.05, 0.05, 0.01, 0.01],
  })
})

test('a running ramp is drawn to its end, and a change for a step before that replaces it', () => {
  const ramp = { type: 'linear', steps: 100, start: 0, end: 1, first_step: 400 }
  const facts = { controls: [control({ current: 0.5, ramp })], now: 450, total: null }
  const line = planAhead({ ...facts, waiting: [] }).get('lr')
  expect(line && restOf(line, 450)).toEqual({ steps: [450, 500, 900], values: [0.5, 1, 1] })
  const cut = planAhead({ ...facts, waiting: [row(475, { lr: 0.2 })] }).get('lr')
  expect(cut && restOf(cut, 450)).toEqual({ steps: [450, 475, 475, 950], values: [0.5, 0.75, 0.2, 0.2] })
})

test('nothing is drawn for a command at the next safe point, for one that sets nothing, and after the end of a plan', () => {
  const waiting = [row(null, { lr: 0.01 }), { ...row(9, {}), command: null }]
  expect(planAhead({ controls: [control()], waiting, now: 4, total: null })).toEqual(new Map())
  expect(restOf({ steps: [0, 10], values: [1, 1] }, 10)).toBeUndefined()
})

test('a metric shows a control with the same name, or for the optimizer with the last part of that name', () => {
  const controls = [control(), control({ param_key: 'reconstruction', group: 'loss' })]
  const names = ['lr', 'optim/lr', 'reconstruction', 'loss/reconstruction', 'lr2']
  expect(names.map((name) => controlOfMetric(name, controls))).toEqual([
    ...['lr', 'lr', 'reconstruction', undefined, undefined],
  ])
})

test('machine metrics start with processor, memory and GPU, and end with those that never change', () => {
  const names = ['cores', 'memory_total_mib', 'load1', 'gpu0/percent', 'rss_mib', 'memory_free_mib', 'cpu_percent']
  const [group] = groupCharts(names.map((name) => `sys/${name}`))
  expect(group?.charts.map(({ title }) => title.slice(4))).toEqual([
    ...['cpu_percent', 'memory_free_mib', 'rss_mib', 'gpu0/percent', 'load1', 'cores', 'memory_total_mib'],
  ])
})

function control(more: Partial<ControlDescription> = {}): ControlDescription {
  return {
    param_key: 'lr',
    label: 'lr',
    group: 'optimizer',
    type: 'float',
    current: 0.05,
    ...more,
  } as ControlDescription
}

function row(step: number | null, params: Record<string, number>): QueuedRow {
  const command = { module: 'opt', op: 'set_params', id: 'main', params, author: null, source: 'recipe' }
  return { cid: `c${step}`, held: true, command, at: step === null ? null : { step, event: null } }
}
