import type { ControlDescription, Json } from '@hotcb/protocol'
import { createCourse } from '../src/course.ts'
import { readHorizon } from '../src/horizon.ts'
import { knobsOf } from '../src/knob.ts'
import { readTuneRecipe } from '../src/recipe.ts'
import { EMPTY_STORY, type Judgement, type Mutation, type TunerHistory } from '../src/story.ts'
import type { TwinReading } from '../src/twin.ts'
import type { View } from '../src/view.ts'

/** The situation in which a decision is made. Defaults: a run in which the tuner may act. */
export interface Scene {
  /** The objective, one value per point, with a point every ten steps. Null: not finite. */
  readonly points?: readonly (number | null)[]
  /** The training loss, one value per step. Default: it falls like the objective. */
  readonly train?: readonly (number | null)[]
  readonly story?: Partial<TunerHistory>
  /** The recipe document. */
  readonly recipe?: { readonly [section: string]: Json }
  readonly control?: Partial<ControlDescription>
  readonly mode?: View['mode']
  readonly phase?: Partial<View['phase']>
  readonly total?: number | null
  readonly isPoint?: boolean
  readonly isAnomaly?: boolean
  readonly twin?: TwinReading
}

const LR: ControlDescription = {
  ...{ param_key: 'lr', type: 'log_float', label: 'lr', group: 'optimizer', min: 0, max: 10, step: null, log_base: 10 },
  ...{ choices: null, current: 0.1, state: 'enabled' as ControlDescription['state'] },
}

/** A loss that falls and then stays constant. */
export const STILL: readonly number[] = [2, 2, 1.9, 1.5, 1, 0.7, 0.5, 0.5, 0.5, 0.5]

/** Returns the input for a decision. */
export function viewOf(scene: Scene): View {
  const { points = STILL, recipe = { actuators: { opt: { keys: { lr: { bounds: [0.5, 2], cooldown: 0 } } } } } } = scene
  const read = readTuneRecipe(recipe)
  if (!read.ok) throw new Error(read.problems[0]?.reason)
  const horizon = readHorizon(read.recipe.acceptance.horizon)
  if (!horizon.ok) throw new Error(horizon.reason)
  const course = createCourse()
  const train = scene.train ?? points.flatMap((value) => Array.from({ length: 10 }, () => value))
  const steps = Math.max(train.length, points.length * 10)
  for (let step = 0; step < steps; step++) {
    const isValidation = step % 10 === 9
    course.see(step, { objective: isValidation ? points[(step - 9) / 10] : undefined, train: train[step], isValidation }, horizon.value)
  }
  const { story = {}, control = {}, mode = 'active', phase = {}, total = null, isPoint = true, isAnomaly = false } = scene
  return {
    ...{ course, mode, total, isPoint, isAnomaly, recipe: read.recipe, horizon: horizon.value, metric: 'loss', epoch: null, event: null },
    story: { ...EMPTY_STORY, ...story },
    knobs: knobsOf(read.recipe, [{ ...LR, ...control }]).knobs,
    phase: { name: 'mid', direction: 'up', ...phase },
    step: steps - 1,
    twin: () => scene.twin ?? { kind: 'none' },
  }
} // biome-ignore format: more readable

/** A change of the rate that was applied at a step. */
export function applied(step: number, more: Partial<Mutation> = {}): Mutation {
  return {
    ...{ id: 'm_00001', number: 1, seq: 5, step, epoch: null, event: null, knob: 'opt:lr_mult', module: 'opt', key: 'lr' },
    ...{ mode: 'mult', value: 2, from: 0.1, to: 0.2, phase: 'mid', by: 'pattern', metric: 'loss', context: {} },
    ...{ baseline: { scale: null, u0: Math.log(0.5), r0: 0, s: 0.05 }, state: 'applied', appliedStep: step, appliedSeq: 6 },
    ...{ old: { lr: 0.1 }, declinedStep: null, judgement: null, isRegretted: false, because: null, twin: null, twinProblem: null },
    ...more,
  }
} // biome-ignore format: more readable

/** A change that was judged. */
export function judged(step: number, decision: 'accepted' | 'rejected', more: Partial<Mutation> = {}): Mutation {
  const judgement: Judgement = {
    ...{ seq: 9, step, decision, score: decision === 'accepted' ? 0.1 : -0.1, z: 2, n: 1, bad: null, putBack: null, before: 1, now: 1 },
  }
  return applied(step - 10, { state: decision, judgement, ...more })
} // biome-ignore format: more readable
