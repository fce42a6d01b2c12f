import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { mutableState, optimizerActuators } from '@hotcb/actuators'
import { openKernel } from '@hotcb/kernel/node'
import { expect, test } from 'vitest'
import { tune } from '../src/node.ts'
import type { TuneMode } from '../src/story.ts'
import { runDir, storyAt } from './run-dir.ts'

// Decisions that hotcb 2 was seen to make. Ours waits for two points, and until the metric has come down from where it began; and
// it lowers a rate only where the phase says so: `both` here.
const RECIPE = `
objective: {primary: val/loss, mode: min}
phases: {mid: {direction: both}}
actuators: {opt: {mutations: {lr_mult: {bounds: [0.5, 0.5], prior_center: 0.5, cooldown: 0, risk: low}}}}
search: {algorithm: random}
acceptance: {epsilon: 0.01}
safety: {max_global_reject_streak: 4}
`
// It watches while the metric comes down, and may act once that stands still.
const BEFORE = [1, 1, 1, 1, 0.98, 0.7, 0.5, 0.5, 0.5, 0.5, 0.5]

interface Point {
  readonly val: number
  readonly loss?: number
  readonly anomaly?: boolean
}

/** Feeds points, a step each, and gives the rate after each and the story. */
function feed(points: readonly Point[], { recipe = RECIPE, mode = 'active' as TuneMode } = {}) {
  const dir = runDir()
  writeFileSync(join(dir, 'hotcb.tune.recipe.yaml'), recipe)
  const optimizer = { paramGroups: [{ lr: 0.1 }] }
  const state = mutableState(optimizerActuators(optimizer))
  const kernel = openKernel(dir, { state, modules: [tune(dir, { mode: 'observe' })], lookMs: 0, log: () => undefined })
  const rates: number[] = []
  for (const [step, { val, loss = val, anomaly = false }] of points.entries()) {
    if (step === BEFORE.length - 1) kernel.submit({ module: 'tune', op: 'enable', params: { mode } })
    kernel.apply({ step, loss, anomaly_critical: anomaly, metrics: { 'val/loss': val } }, ['val_epoch_end'])
    rates.push(optimizer.paramGroups[0]?.lr ?? 0)
  }
  kernel.close()
  return { rates, story: storyAt(dir) }
} // biome-ignore format: one look

/** The point at which it proposes; its change is made at the next, which is still without it. */
const points = (...values: number[]): Point[] => [...BEFORE, ...values].map((val) => ({ val }))

test('active: it proposes, and keeps what helped', () => {
  const { story, rates } = feed(points(0.5, 0.4, 0.4))
  expect(story.mutations[0]).toMatchObject({ from: 0.1, to: 0.05, judgement: { decision: 'accepted', putBack: null } })
  expect(rates.at(-1)).toBe(0.05)
})

test('a rise is rejected and taken back; without rollback the change stays, and the decision is the same', () => {
  const back = feed(points(0.5, 0.9, 0.9))
  expect(back.story.mutations[0]).toMatchObject({ judgement: { decision: 'rejected' } })
  expect(back.rates.at(-1)).toBe(0.1)
  const stays = feed(points(0.5, 0.9, 0.9), {
    recipe: RECIPE.replace('epsilon: 0.01', 'epsilon: 0.01, rollback_on_reject: false').replace('streak: 4', 'streak: 1'),
  })
  expect(stays.story).toMatchObject({ streak: 1, restingIn: 'mid', mutations: [{ judgement: { decision: 'rejected', putBack: null } }] })
  expect(stays.rates.at(-1)).toBe(0.05)
}) // biome-ignore format: one look

test('an anomaly is rejected whatever the gain', () => {
  const fed = [...points(0.5), { val: 0.1, anomaly: true }, { val: 0.1 }]
  expect(feed(fed).story.mutations[0]).toMatchObject({ judgement: { decision: 'rejected', bad: 'anomaly' } })
})

test('observe: it proposes nothing', () => {
  const { rates, story } = feed(points(0.5, 0.4, 0.3), { mode: 'observe' })
  expect([new Set(rates), story.mutations]).toEqual([new Set([0.1]), []])
})

test('a loss that is not finite: no proposal at that point', () => {
  const fed: Point[] = [...points(), { val: 0.5 }, { val: 0.5 }].map((point, step) =>
    step === 10 ? { ...point, loss: Number.NaN } : point,
  )
  const { story } = feed(fed)
  expect(story.mutations[0]?.step).toBe(12)
})
