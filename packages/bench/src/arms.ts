import { type AutopilotLog, createAutopilot } from '@hotcb/autopilot'
import { createLineWindow, plateau } from '@hotcb/metrics/judge'
import type { HotModule, JsonObject } from '@hotcb/protocol'
import { createTuner, readTuneRecipe } from '@hotcb/tune'
import { openTuner } from '@hotcb/tune/node'
import type { Arm, Steered } from './arm.ts'
import { CASES } from './cases.ts'
import { modelArms, type RealModel } from './model-arm.ts'
import { writeReplay } from './replay.ts'
import type { RecordedCommand } from './task.ts'

/** A factor so close to 1 that two runs that differ only by this factor differ only by chance. */
const CHANCE_FACTOR = 1 + 1e-6

/** The number of evaluations without a better loss after which an early stopper ends the training run. */
const PATIENCE = 6
/** The number of evaluations between two cuts of `halve`. */
const HALVE_EVERY = 16

const TUNE: Arm = {
  name: 'tune',
  title: 'the tuner in active mode',
  modules: ({ dir }) => [openTuner(dir, { mode: 'active' })],
}

const WITHOUT_MODEL: readonly Arm[] = [
  { name: 'nothing', title: 'untouched' },
  { name: 'a-a', title: 'untouched, rate x (1 + 1e-6)', factor: CHANCE_FACTOR },
  { name: 'early', title: `stop after ${PATIENCE} evaluations without a better loss`, stopper: earlyStopper },
  { name: 'halve', title: 'halve the rate on a plateau', modules: (steered) => [halveOnPlateau(steered)] },
  { name: 'rules', title: 'the default rules in auto mode', modules: (steered) => [rules(steered)] },
  { name: 'random', title: "random moves, with the tuner's judge and rescue", modules: () => [randomMoves()] },
  TUNE,
  {
    name: 'recorded',
    title: 'the commands that people sent in the case study',
    tasks: CASES.map(({ name }) => name),
    modules: ({ task }) => [sendRecorded(task.recorded ?? [])],
  },
  { name: 'replay', title: "the tuner's changes, replayed", prepare: (place) => writeReplay(place, TUNE) },
]

/** Sends recorded commands after the recorded numbers of computed steps. */
function sendRecorded(recorded: readonly RecordedCommand[]): HotModule {
  let computed = 0
  return {
    name: 'recorded',
    // The bench has one safe point per step.
    onSafePoint(_env, { submit }) {
      computed++
      for (const { after, command } of recorded) if (after === computed) submit(command)
    },
  }
}

function earlyStopper(): (loss: number) => boolean {
  let best = Number.POSITIVE_INFINITY
  let since = 0
  return (loss) => {
    since = loss < best ? 0 : since + 1
    best = Math.min(best, Number.isNaN(loss) ? best : loss)
    return since >= PATIENCE
  }
}

function rules({ task, acted }: Steered): HotModule {
  return createAutopilot({ mode: 'auto', hasDataSkip: task.hasDataSkip, log: () => countingLog(acted) })
}

/** Returns an autopilot's log, kept in memory. Only actions without approval count. */
function countingLog(acted: () => void): AutopilotLog {
  return {
    n: 1,
    past: [],
    append(lines) {
      for (const { kind, data } of lines) if (kind === 'proposed' && data?.['auto'] === true) acted()
      return true
    },
    close: () => undefined,
  }
}

/** Halves the rate when the test loss stops falling. */
function halveOnPlateau({ acted }: Steered): HotModule {
  const window = createLineWindow()
  let changedAt = -1
  let values = HALVE_EVERY
  return {
    name: 'halve',
    onSafePoint({ step, metrics }, { submit, controls }) {
      const loss = metrics?.['val_loss']
      if (typeof loss !== 'number') return
      window.push(step, Number.isFinite(loss) ? loss : null)
      if (values++ < HALVE_EVERY || !plateau(window, undefined, changedAt).is) return
      const rate = Number(controls.find(({ param_key }) => param_key === 'lr')?.current)
      submit({ module: 'opt', op: 'set_params', params: { lr: rate / 2 } })
      acted()
      changedAt = step
      values = 0
    },
  }
}

/** Makes random moves: any factor within the tuner's bounds, up or down, at any time. */
function randomMoves(): HotModule {
  const phase = (from: number, to: number): JsonObject => ({ start_frac: from, end_frac: to, direction: 'both' })
  const document = {
    objective: { primary: 'val_loss' },
    phases: { early: phase(0, 0.2), mid: phase(0.2, 0.7), late: phase(0.7, 1) },
    search: { algorithm: 'random' },
    actuators: { opt: { keys: { lr: { bounds: [Math.sqrt(0.1), Math.sqrt(10)] } } } },
  }
  const read = readTuneRecipe(document)
  if (!read.ok) throw new TypeError(read.problems[0]?.reason)
  return createTuner({ mode: 'active', recipe: { recipe: read.recipe, document } })
}

/**
 * Returns all arms, in the order of the table. All other arms are compared with the first one.
 *
 * @param real The endpoint for the arms with a language model. Without one, a script answers, and these arms are labelled.
 */
export function createArms(real: RealModel | null = null): readonly Arm[] {
  return [...WITHOUT_MODEL, ...modelArms(real)]
}
