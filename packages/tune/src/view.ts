import type { SubmittedOp, TuneRecipe } from '@hotcb/protocol'
import type { Course } from './course.ts'
import type { Horizon } from './horizon.ts'
import type { Knob } from './knob.ts'
import type { Phase } from './phase.ts'
import type { Mutation, TuneMode, TunerHistory } from './story.ts'
import type { TwinReading } from './twin.ts'

/** The input of a decision: the story, the observed metrics, and the position of the run. */
export interface View {
  readonly story: TunerHistory
  readonly course: Course
  readonly recipe: TuneRecipe
  readonly horizon: Horizon
  readonly knobs: readonly Knob[]
  /** The objective's name. */
  readonly metric: string
  readonly mode: TuneMode
  readonly phase: Phase
  readonly step: number
  readonly epoch: number | null
  readonly event: string | null
  /** Steps of the run; null if not known. */
  readonly total: number | null
  /** A new value of the objective came at this step. */
  readonly isPoint: boolean
  /** The trainer reports a critical anomaly. */
  readonly isAnomaly: boolean
  /** The result of the same steps without the open change. */
  twin(mutation: Mutation): TwinReading
}

/** The ops to submit and the reason in words; no ops if there is nothing to do. */
export interface Answer {
  readonly ops: readonly SubmittedOp[]
  readonly because: string
  /** Problems on the way, for the log. */
  readonly problem?: string
}

/** Nothing to do. */
export function waiting(because: string): Answer {
  return { ops: [], because }
}
