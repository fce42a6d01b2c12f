import { type ControlDescription, isRampMoving, type RecipeEntry } from '@hotcb/protocol'
import { controlCourses } from '@hotcb/recipe'
import type { QueuedRow } from '../../shared/queued-row.ts'
import type { AheadLines } from './ahead.ts'

/** The data about a run from which its planned values are computed. */
export interface PlanFacts {
  readonly controls: readonly ControlDescription[]
  /** Commands that are waiting for their step. */
  readonly waiting: readonly QueuedRow[]
  /** The current step of the trainer. */
  readonly now: number
  /** The total number of steps of the run; null if it is unknown. */
  readonly total: number | null
}

/** Computes the values that scheduled changes and running ramps will give the controls, starting at the current step. */
export function planAhead({ controls, waiting, now, total }: PlanFacts): AheadLines {
  const ramps = controls.flatMap(({ param_key: key, ramp }) =>
    ramp !== undefined && isRampMoving(ramp, now) ? [entryOf('opt', { [`ramps.${key}`]: ramp }, 0)] : [],
  )
  const commands = waiting.flatMap(({ command, at }) =>
    command?.op === 'set_params' && at !== null ? [entryOf(command.module, command.params, at.step)] : [],
  )
  const last = commands.reduce((most, { at }) => Math.max(most, at.step), 0)
  const starts = controls.flatMap(({ param_key: key, current }) =>
    typeof current === 'number' ? [[key, current] as const] : [],
  )
  const options = { starts: Object.fromEntries(starts), lastStep: Math.max(2 * last, 2 * now, 1), total }
  return new Map(
    controlCourses([...ramps, ...commands], options).map(({ key, knots }) => [
      key,
      { steps: knots.map(({ step }) => step), values: knots.map(({ value }) => value) },
    ]),
  )
}

function entryOf(module: string, params: RecipeEntry['params'], step: number): RecipeEntry {
  return { at: { step, event: null }, module, op: 'set_params', id: 'main', params } as RecipeEntry
}
