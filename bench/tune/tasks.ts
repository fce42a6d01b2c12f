import { type DigitsTrainer, digitsTwin, type OptimizerKind } from '../../packages/demos/src/index.ts'
import { createLineWindow, plateau } from '../../packages/metrics/src/judge.ts'
import type { HotModule } from '../../packages/protocol/src/index.ts'
import { readTuneRecipe } from '../../packages/tune/src/index.ts'
import { openTuner } from '../../packages/tune/src/node.ts'
import { createTuner } from '../../packages/tune/src/tuner.ts'

/** The number of steps that each run may compute. */
export const BUDGET = 2000

/** The rates that the trainer has by default. */
export const GOOD: Readonly<Record<OptimizerKind, number>> = { sgd: 0.05, adam: 0.002 }

/** A training run with a bad or a good start. */
export interface Task {
  readonly name: string
  readonly title: string
  readonly optimizer: OptimizerKind
  readonly lr: number
  /** A bad rate that is set at a step. */
  readonly spoilt?: { readonly step: number; readonly lr: number }
}

export const TASKS: readonly Task[] = [
  { name: 'low', title: 'SGD, rate 30 times too low', optimizer: 'sgd', lr: GOOD.sgd / 30 },
  { name: 'high', title: 'SGD, rate 30 times too high', optimizer: 'sgd', lr: GOOD.sgd * 30 },
  { name: 'good', title: 'SGD, good rate', optimizer: 'sgd', lr: GOOD.sgd },
  {
    name: 'plateau',
    title: 'SGD, good rate, cut to a hundredth after two epochs',
    optimizer: 'sgd',
    lr: GOOD.sgd,
    spoilt: { step: 88, lr: GOOD.sgd / 100 },
  },
  { name: 'adam-low', title: 'Adam, rate 30 times too low', optimizer: 'adam', lr: GOOD.adam / 30 },
  { name: 'adam-high', title: 'Adam, rate 30 times too high', optimizer: 'adam', lr: GOOD.adam * 30 },
]

/**
 * Creates the module that steers a training run, given its run directory. It must count the steps that it trains in addition to
 * the run's own.
 */
export type Steer = (dir: string, trainer: DigitsTrainer, count: (steps: number) => void) => HotModule

/** A way to steer a training run. */
export interface Arm {
  readonly name: string
  readonly title: string
  /** The tasks that it is used on. @defaultValue all */
  readonly tasks?: readonly string[]
  /** The factor applied to the rate, such as one that is just large enough to change the run. @defaultValue 1 */
  readonly factor?: number
  /** Whether it trains with weights and batches other than the seed's. @defaultValue false */
  readonly isOther?: boolean
  readonly steer: Steer | null
}

export const ARMS: readonly Arm[] = [
  { name: 'nothing', title: 'untouched', steer: null },
  { name: 'again', title: 'untouched, rate x (1 + 1e-6)', tasks: ['good'], factor: 1 + 1e-6, steer: null },
  { name: 'other', title: 'untouched, other weights and batches', tasks: ['good'], isOther: true, steer: null },
  { name: 'halve', title: 'halve on plateau', steer: halveOnPlateau },
  { name: 'random', title: 'random moves, same judge and rescue', steer: randomMoves },
  { name: 'tune', title: 'tune', steer: (dir) => openTuner(dir, { mode: 'active' }) },
  { name: 'twin', title: 'tune, with twins', tasks: ['low', 'good'], steer: tuneWithTwins },
]

// The default recipe cannot be read from a file, so the option is set as a person would set it.
function tuneWithTwins(dir: string, trainer: DigitsTrainer, count: (steps: number) => void): HotModule {
  const evaluate = digitsTwin(trainer)
  const tuner = openTuner(dir, {
    mode: 'active',
    evaluateFrom(request) {
      count(request.steps)
      return evaluate(request)
    },
  })
  return {
    ...tuner,
    attach(context) {
      tuner.attach?.(context)
      context.submit({ module: 'tune', op: 'set', params: { 'acceptance.twin': true } })
    },
  }
}

// Halves the rate when the test loss no longer falls, at most once in 16 values.
function halveOnPlateau(): HotModule {
  const window = createLineWindow()
  let changedAt = -1
  let values = 16
  return {
    name: 'halve',
    onSafePoint({ step, metrics }, { submit, controls }) {
      const loss = metrics?.['val_loss']
      if (typeof loss !== 'number') return
      window.push(step, Number.isFinite(loss) ? loss : null)
      if (values++ < 16 || !plateau(window, undefined, changedAt).is) return
      const rate = Number(controls.find(({ param_key }) => param_key === 'lr')?.current)
      submit({ module: 'opt', op: 'set_params', params: { lr: rate / 2 } })
      changedAt = step
      values = 0
    },
  }
}

// Any factor within the same bounds, up or down, at any time. This shows the value of the pattern, TPE and the rule of directions.
function randomMoves(): HotModule {
  const phases = Object.fromEntries(
    [['early', 0, 0.2], ['mid', 0.2, 0.7], ['late', 0.7, 1]].map(([name, from, to]) => [
      name, { start_frac: from ?? 0, end_frac: to ?? 1, direction: 'both' },
    ]),
  ) // biome-ignore format: a table
  const document = {
    objective: { primary: 'val_loss' },
    phases,
    search: { algorithm: 'random' },
    actuators: { opt: { keys: { lr: { bounds: [Math.sqrt(0.1), Math.sqrt(10)] } } } },
  }
  const read = readTuneRecipe(document)
  if (!read.ok) throw new TypeError(read.problems[0]?.reason)
  return createTuner({ mode: 'active', recipe: { recipe: read.recipe, document } })
}
