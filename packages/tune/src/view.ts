import type { SubmittedOp, TuneRecipe } from '@hotcb/protocol'
import type { Course } from './course.ts'
import type { Horizon } from './horizon.ts'
import type { Knob } from './knob.ts'
import type { Phase } from './phase.ts'
import type { Mutation, TuneMode, TunerHistory } from './story.ts'
import type { TwinReading } from './twin.ts'

/** The input for a decision: the story, the observed metrics, and the run's position. */
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
  /** The number of steps in the run; null if unknown. */
  readonly total: number | null
  /** Whether the objective has a new value at this step. */
  readonly isPoint: boolean
  /** Whether the trainer reports a critical anomaly. */
  readonly isAnomaly: boolean
  /** Returns the result of the same steps without the open change. */
  twin(mutation: Mutation): TwinReading
}

/** The ops to submit, and the reason as text. There are no ops if there is nothing to do. */
export interface Answer {
  readonly ops: readonly SubmittedOp[]
  readonly because: string
  /** A problem to log. */
  readonly problem?: string
}

/** Returns an answer without ops. */
export function waiting(because: string): Answer {
  return { ops: [], because }
}
