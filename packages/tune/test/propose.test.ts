import type { Json } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { chooseObjective } from '../src/objective.ts'
import { type Proposal, propose } from '../src/propose.ts'
import { askTpe, movable } from '../src/space.ts'
import { applied, judged, type Scene, viewOf } from './view.ts'

function proposed(scene: Scene, pointsSince: (step: number) => number = () => 9): Proposal | string {
  const { story, recipe, knobs, phase, mode } = viewOf(scene)
  return propose({ story, recipe, knobs, phase, isSuggesting: mode === 'suggest', pointsSince })
}
const target = (scene: Scene): unknown => {
  const found = proposed(scene)
  return typeof found === 'string' ? found : found.to
}
const knob = (fields: Record<string, Json>, more: Record<string, Json> = {}) => ({
  ...{ actuators: { opt: { keys: { lr: { bounds: [0.5, 4], cooldown: 0, ...fields } } } }, ...more },
})

test('a value stays within the bounds of the control, the range of its knob and the maximum step', () => {
  expect(target({ recipe: knob({}) })).toBe(0.4)
  expect(target({ recipe: knob({}), control: { max: 0.3 } })).toBe(0.3)
  expect(target({ recipe: knob({ range: [0, 0.2] }) })).toBe(0.2)
  expect(target({ recipe: knob({ max_step_mult: 1.5 }) })).toBeCloseTo(0.15)
  expect(target({ recipe: knob({}), story: { ceiling: { module: 'opt', key: 'lr', value: 0.25 } } })).toBe(0.25)
  expect(target({ recipe: knob({}), control: { type: 'int', current: 3 } })).toBe(10)
  expect(target({ recipe: knob({ bounds: [0.5, 1.5] }), control: { type: 'int', current: 3 } })).toBe(5)
})

test('a control that is disabled, on a ramp, not a number, or 0 with a factor is not moved', () => {
  const none = 'none of its controls can be moved in a direction that this phase allows'
  const given = [{ state: 'disabled' }, { ramp: { type: 'linear' } }, { current: null }, { current: 0 }, { current: -0.1 }] as const
  for (const control of given) expect(target({ recipe: knob({}), control }), JSON.stringify(control)).toBe(none)
  expect(target({ recipe: knob({ mode: 'delta', bounds: [-1, 1] }), control: { current: 0 } })).toBe(1)
}) // biome-ignore format: more readable

test('under a schedule, the rate is moved by its scale', () => {
  const { recipe } = viewOf({ recipe: knob({}) })
  const scale = { ...viewOf({}).knobs[0]?.control, param_key: 'scheduler_scale', current: 1 }
  const view = viewOf({ recipe: knob({}), control: scale })
  expect(view.knobs).toMatchObject([{ isRate: true, control: { param_key: 'scheduler_scale' } }])
  expect(recipe.actuators['opt']?.keys['lr']).toBeDefined()
})

test('a knob pauses for its cooldown after a verdict', () => {
  const story = { mutations: [judged(50, 'rejected')], judgedStep: 50 }
  const recipe = knob({ cooldown: 3 })
  expect(proposed({ recipe, story }, () => 2)).toBe('it is waiting for points after the last judgement')
  expect(proposed({ recipe, story }, () => 3)).toMatchObject({ m: 'm_00002' })
})

test('an unanswered suggestion is replaced after eight points', () => {
  const story = { mutations: [applied(50, { state: 'suggested', appliedStep: null })] }
  const scene: Scene = { recipe: knob({}), story, mode: 'suggest' }
  expect(proposed(scene, () => 7)).toBe('its suggestion is waiting for you')
  expect(proposed(scene, () => 8)).toMatchObject({ m: 'm_00002', isSuggested: true })
})

test('among several knobs, the one that was tried least comes first', () => {
  const recipe = { actuators: { opt: { mutations: { lr_mult: { cooldown: 0 }, lr_delta: { bounds: [-0.05, 0.05], cooldown: 0 } } } } }
  expect(proposed({ recipe })).toMatchObject({ knob: { name: 'opt:lr_mult' } })
  const story = { mutations: [judged(50, 'accepted')] }
  expect(proposed({ recipe, story })).toMatchObject({ knob: { name: 'opt:lr_delta' }, to: 0.15 })
}) // biome-ignore format: more readable

test('results from another phase count only without `phase_conditioned`', () => {
  const story = { mutations: [judged(50, 'rejected', { phase: 'early' })] }
  expect(target({ recipe: knob({}), story })).toBe(0.4)
  expect(target({ recipe: knob({}, { search: { phase_conditioned: false } }), story })).toBe(0.2)
})

test('TPE proposes moves where scores were high, and avoids moves that were bad, declined or regretted', () => {
  const { recipe, knobs } = viewOf({ recipe: knob({ bounds: [0.25, 4] }, { search: { startup_trials: 4 } }) })
  const moves = knobs.flatMap((one) => movable(one, 'both') ?? [])
  const values = [0.3, 0.4, 0.5, 0.7, 1.5, 2, 2.5, 3, 3.5, 0.35, 2.2, 2.7]
  const asked = (outcome: (isHigh: boolean) => object): number => {
    const story = values.map((value) => judged(50, 'accepted', { value, ...outcome(value > 1) }))
    return askTpe(moves, story, recipe.search).value
  }
  const score = (one: number, bad: string | null = null) => ({ judgement: { ...judged(50, 'accepted').judgement, score: one, bad } })
  expect(asked((isHigh) => score(isHigh ? 1 : -1))).toBeGreaterThan(1)
  expect(asked((isHigh) => score(isHigh ? -1 : 1))).toBeLessThan(1)
  // A bad move counts as bad regardless of its score.
  expect(asked((isHigh) => (isHigh ? score(1, 'nan') : score(0)))).toBeLessThan(1)
  expect(asked((isHigh) => ({ ...score(isHigh ? 1 : 0), isRegretted: isHigh }))).toBeLessThan(1)
  expect(asked((isHigh) => (isHigh ? { state: 'declined', judgement: null } : score(0)))).toBeLessThan(1)
}) // biome-ignore format: more readable

test('a metric is found even if its name has other separators, unless two metrics match', () => {
  const { recipe } = viewOf({})
  const found = (...names: string[]) => chooseObjective(recipe, names, { isDerived: false, keyMetric: null })
  expect(found('val_loss')).toBe('val_loss')
  expect(found('val_loss', 'val.loss')).toBeUndefined()
  expect(found('val_loss', 'val/loss')).toBe('val/loss')
  expect(found('loss', 'accuracy')).toBeUndefined()
})
