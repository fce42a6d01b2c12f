import { expect, test } from 'vitest'
import type { SweepEvent } from '../src/journal/event.ts'
import { readResults, sweepFigure } from '../src/node/analyse.ts'
import { attemptIn, curve, writtenWorkspace } from './written-workspace.ts'

// The results of a sweep's stages, and figures with few parameters or of a population.

const YAML = `name: t
launcher: ./l.sh
grid: all
parameters:
  lr: {type: discrete, values: [0.1, 0.2]}
`

const one = (i: number, stage?: string) => ({ i, hash: `s${i}`, params: { lr: 0.1 }, extras: {}, name: `s${i}`, ...(stage !== undefined && { stage }) }) // biome-ignore format: short

test('the trials of a single stage are analysed by its own metric; the default is the first stage', async () => {
  const stages =
    'stages:\n  a: {objective: {metric: loss, direction: min, value: best}}\n  b: {successive_halving: {metric: acc, direction: max, min_steps: 1, budget: 9}}\n'
  const sweep = await writtenWorkspace(YAML + stages, [])
  await sweep.write({ type: 'plan', trials: [one(0, 'a'), one(1, 'b'), one(2, 'b')] }, ...[0, 1, 2].flatMap((i) => attemptIn(i, 'completed'))) // biome-ignore format: short
  sweep.result('0/hotcb.metrics.jsonl', curve('loss', 3, 1, 2))
  for (const i of [1, 2]) sweep.result(`${i}/hotcb.metrics.jsonl`, curve('acc', 0.5, 0.9, 0.7))
  const read = (choice: Parameters<typeof readResults>[1]) => {
    const { metric, direction, trials } = readResults(sweep.workspace, choice)
    return [metric, direction, ...trials.map(({ record, course }) => `${record.trial.i}: ${course.value}`)]
  }
  expect(read({})).toEqual(['loss', 'min', '0: 1'])
  expect(read({ stage: 'a', direction: 'max' })).toEqual(['loss', 'max', '0: 3'])
  // The objective of a stage with early stopping is the metric of early stopping.
  expect(read({ stage: 'b' })).toEqual(['acc', 'max', '1: 0.7', '2: 0.7'])
  expect(() => read({ stage: 'c' })).toThrow('there is no stage `c`; choose from a, b')
  expect(() => read({ metric: 'other' })).toThrow('no trial has reported `other`; choose from loss, acc')
})

test('a contour needs two parameters', async () => {
  const events = [0, 1].flatMap((i) => attemptIn(i, 'completed'))
  const sweep = await writtenWorkspace(`${YAML}objective: {metric: loss, direction: min}\n`, [{ lr: 0.1 }, { lr: 0.2 }], ...events) // biome-ignore format: short
  for (const i of [0, 1]) sweep.result(`${i}/hotcb.metrics.jsonl`, curve('loss', i + 1))
  const results = readResults(sweep.workspace, {})
  expect(() => sweepFigure(sweep.workspace, results, 'contour')).toThrow('a contour plot needs two parameters')
})

test('a lineage figure shows loads that were applied or are pending, but no failed ones', async () => {
  const decide = (trial: number, step: number): SweepEvent => ({
    ...{ type: 'decide', planner: 'pbt', key: `pbt/${step}/${trial}`, trial, verdict: 'exploit' },
    evidence: { step, donor_step: 1, from: 0, tag: 'x', seq: 1, as: 'y', cid: 'z', params: { lr: 0.2 }, set: {} },
  })
  const ended = (trial: number, step: number, outcome: 'applied' | 'failed'): SweepEvent => ({ type: 'lineage', key: `pbt/${step}/${trial}`, trial, from: 0, outcome }) // biome-ignore format: short
  const sweep = await writtenWorkspace(
    `${YAML}objective: {metric: loss, direction: min}\n`,
    [{ lr: 0.1 }, { lr: 0.2 }],
    ...[...attemptIn(0, 'running'), ...attemptIn(1, 'running'), decide(1, 2), ended(1, 2, 'failed')],
  )
  for (const i of [0, 1]) sweep.result(`${i}/hotcb.metrics.jsonl`, curve('loss', 3, 2, 1))
  const tips = () => [...sweepFigure(sweep.workspace, readResults(sweep.workspace, {}), 'lineage').matchAll(/<title>(trial[^<]*)/g)].map(([, tip]) => tip) // biome-ignore format: short
  expect(tips).toThrow('no trial has continued from a checkpoint of another trial')
  await sweep.write(decide(1, 3), ended(1, 3, 'applied'), decide(0, 3))
  expect(tips()).toContain('trial 1 at step 3: continues from trial 0 at step 1')
  expect(tips()).toHaveLength(2)
})
