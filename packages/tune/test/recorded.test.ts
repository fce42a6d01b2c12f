import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createMutableState, optimizerActuators } from '@hotcb/actuators'
import { openKernel } from '@hotcb/kernel/node'
import { expect, test } from 'vitest'
import { openTuner } from '../src/node.ts'
import type { TuneMode } from '../src/story.ts'
import { runDir, storyAt } from './run-dir.ts'

// Recorded decisions of hotcb 2. This tuner, in contrast, waits for two points and until the metric has fallen from its start value.
// It lowers a rate only if the phase allows that, so the phase here has the direction `both`.
const RECIPE = `
objective: {primary: val/loss, mode: min}
phases: {mid: {direction: both}}
actuators: {opt: {mutations: {lr_mult: {bounds: [0.5, 0.5], prior_center: 0.5, cooldown: 0, risk: low}}}}
search: {algorithm: random}
acceptance: {epsilon: 0.01}
safety: {max_global_reject_streak: 4}
`
// The tuner only observes while the metric falls, and may act once the metric is constant.
const BEFORE = [1, 1, 1, 1, 0.98, 0.7, 0.5, 0.5, 0.5, 0.5, 0.5]

interface Point {
  readonly val: number
  readonly loss?: number
  readonly anomaly?: boolean
}

/** Feeds points, one per step. Returns the rate after each point, and the story. */
function feed(points: readonly Point[], { recipe = RECIPE, mode = 'active' as TuneMode } = {}) {
  const dir = runDir()
  writeFileSync(join(dir, 'hotcb.tune.recipe.yaml'), recipe)
  const optimizer = { paramGroups: [{ lr: 0.1 }] }
  const state = createMutableState(optimizerActuators(optimizer))
  const kernel = openKernel(dir, { state, modules: [openTuner(dir, { mode: 'observe' })], lookMs: 0, log: () => undefined })
  const rates: number[] = []
  for (const [step, { val, loss = val, anomaly = false }] of points.entries()) {
    if (step === BEFORE.length - 1) kernel.submit({ module: 'tune', op: 'enable', params: { mode } })
    kernel.apply({ step, loss, anomaly_critical: anomaly, metrics: { 'val/loss': val } }, ['val_epoch_end'])
    rates.push(optimizer.paramGroups[0]?.lr ?? 0)
  }
  kernel.close()
  return { rates, story: storyAt(dir) }
} // biome-ignore format: more readable

/** Ends at the point at which it proposes. The change is made at the next point, whose value is still without it. */
const points = (...values: number[]): Point[] => [...BEFORE, ...values].map((val) => ({ val }))

test('active: it proposes, and keeps what improved the objective', () => {
  const { story, rates } = feed(points(0.5, 0.4, 0.4))
  expect(story.mutations[0]).toMatchObject({ from: 0.1, to: 0.05, judgement: { decision: 'accepted', putBack: null } })
  expect(rates.at(-1)).toBe(0.05)
})

test('a rise is rejected and reverted; without rollback the change is kept, with the same decision', () => {
  const back = feed(points(0.5, 0.9, 0.9))
  expect(back.story.mutations[0]).toMatchObject({ judgement: { decision: 'rejected' } })
  expect(back.rates.at(-1)).toBe(0.1)
  const stays = feed(points(0.5, 0.9, 0.9), {
    recipe: RECIPE.replace('epsilon: 0.01', 'epsilon: 0.01, rollback_on_reject: false').replace('streak: 4', 'streak: 1'),
  })
  expect(stays.story).toMatchObject({ streak: 1, restingIn: 'mid', mutations: [{ judgement: { decision: 'rejected', putBack: null } }] })
  expect(stays.rates.at(-1)).toBe(0.05)
}) // biome-ignore format: more readable

test('an anomaly rejects a change regardless of its gain', () => {
  const fed = [...points(0.5), { val: 0.1, anomaly: true }, { val: 0.1 }]
  expect(feed(fed).story.mutations[0]).toMatchObject({ judgement: { decision: 'rejected', bad: 'anomaly' } })
})

test('observe: it proposes nothing', () => {
  const { rates, story } = feed(points(0.5, 0.4, 0.3), { mode: 'observe' })
  expect([new Set(rates), story.mutations]).toEqual([new Set([0.1]), []])
})

test('suggest: it proposes, and changes nothing', () => {
  const { rates, story } = feed(points(0.5, 0.4, 0.3), { mode: 'suggest' })
  expect(new Set(rates)).toEqual(new Set([0.1]))
  expect(story.mutations).toMatchObject([{ from: 0.1, to: 0.05, state: 'suggested' }])
  expect(story.records).toMatchObject([{ kind: 'mutation', line: { status: 'suggested', patch: { op: 'lr_mult', value: 0.5 } } }])
}) // biome-ignore format: more readable

// A metric where larger is better, with a mirrored course: it rises, and then stays constant.
const MAX = RECIPE.replace('mode: min', 'mode: max')
const pointsOfMax = (...values: number[]): Point[] =>
  [...BEFORE.map((val) => 1.2 - val), ...values].map((val) => ({ val, loss: 0.5 }))

test('for a metric where larger is better, a rise is accepted and a fall is rejected', () => {
  const rise = feed(pointsOfMax(0.7, 0.8, 0.8), { recipe: MAX })
  expect(rise.story.mutations[0]).toMatchObject({ judgement: { decision: 'accepted', before: 0.7, now: 0.8 } })
  const fall = feed(pointsOfMax(0.7, 0.6, 0.6), { recipe: MAX })
  expect(fall.story.mutations[0]).toMatchObject({ judgement: { decision: 'rejected' } })
  expect(fall.rates.at(-1)).toBe(0.1)
})

test('a gain below epsilon is rejected, but only after `most` points', () => {
  const small = feed(points(0.5, 0.499, 0.498, 0.497, 0.497))
  expect(small.story.mutations[0]).toMatchObject({ judgement: { decision: 'rejected', bad: null, n: 3 } })
})

test('a loss that is not finite after the change rejects and reverts it, even without rollback', () => {
  const fed: Point[] = [...points(0.5), { val: 0.4, loss: Number.NaN }, { val: 0.4 }]
  for (const recipe of [RECIPE, RECIPE.replace('epsilon: 0.01', 'epsilon: 0.01, rollback_on_reject: false')]) {
    const { story, rates } = feed(fed, { recipe })
    expect(story.mutations[0]).toMatchObject({ judgement: { decision: 'rejected', bad: 'nan' } })
    expect(rates.at(-1)).toBe(0.1)
  }
})

test('an anomaly at a decision point prevents a proposal there, unless the safety option is off', () => {
  const fed: Point[] = [...points(), { val: 0.5 }, { val: 0.5 }].map((point, step) =>
    step === 10 ? { ...point, anomaly: true } : point,
  )
  expect(feed(fed).story.mutations[0]?.step).toBe(12)
  const off = RECIPE.replace('{max_global_reject_streak: 4}', '{block_on_anomaly: false, block_on_nan: false}')
  expect(feed(fed, { recipe: off }).story.mutations[0]?.step).toBe(11)
  const nan = fed.map(({ val, anomaly }) => ({ val, loss: anomaly === true ? Number.NaN : val }))
  expect(feed(nan, { recipe: off }).story.mutations[0]?.step).toBe(11)
})

test('after as many consecutive rejections as the recipe allows, it proposes nothing more', () => {
  const rejecting = Array.from({ length: 40 }, () => 0.5)
  const streak = feed(points(...rejecting), { recipe: RECIPE.replace('streak: 4', 'streak: 2') })
  expect(streak.story.mutations.map(({ state }) => state)).toEqual(['rejected', 'rejected'])
  expect(streak.story).toMatchObject({ streak: 2, restingIn: 'mid' })
})

test('knobs that are switched off or high-risk in the recipe are left alone; a medium-risk knob is only suggested', () => {
  const lr = '{bounds: [0.5, 0.5], prior_center: 0.5, cooldown: 0, risk: low}'
  const off = RECIPE.replace('{opt: {', '{opt: {enabled: false, ')
  expect(feed(points(0.5, 0.5), { recipe: off }).story.mutations).toEqual([])
  const high = RECIPE.replace(lr, lr.replace('low', 'high'))
  expect(feed(points(0.5, 0.5), { recipe: high }).story.mutations).toEqual([])
  const medium = feed(points(0.5, 0.5), { recipe: RECIPE.replace(lr, lr.replace('low', 'medium')) })
  expect(medium.story.mutations).toMatchObject([{ state: 'suggested' }])
})

test('a loss that is not finite prevents a proposal at that point', () => {
  const fed: Point[] = [...points(), { val: 0.5 }, { val: 0.5 }].map((point, step) =>
    step === 10 ? { ...point, loss: Number.NaN } : point,
  )
  const { story } = feed(fed)
  expect(story.mutations[0]?.step).toBe(12)
})
