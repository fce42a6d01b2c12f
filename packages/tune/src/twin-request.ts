import { type ModuleContext, runFiles } from '@hotcb/protocol'
import type { Course } from './course.ts'
import type { Mutation, TunerHistory } from './story.ts'
import type { TwinDesk, TwinReading, TwinRequest } from './twin.ts'
import { TAGS } from './words.ts'

/** The state that a twin is requested from. */
export interface TwinPlace {
  readonly story: TunerHistory
  readonly context: ModuleContext
  readonly course: Course
  /** Null if the recipe does not use twins, or the trainer does not offer them. */
  readonly desk: TwinDesk | null
}

/** Returns the result of a rerun of the steps since a change without it, if they can be rerun. */
export function readTwin(mutation: Mutation, { desk, story, context, course }: TwinPlace): TwinReading {
  if (desk === null) return { kind: 'none' }
  const request = requestOf(mutation, course.points.step(), story, context)
  return typeof request === 'string' ? { kind: 'problem', problem: request } : desk.read(mutation, request, course)
}

function requestOf(
  mutation: Mutation,
  until: number,
  story: TunerHistory,
  context: ModuleContext,
): TwinRequest | string {
  const { appliedStep, module, key, from, old } = mutation
  const { runDir, controls } = context
  if (runDir === undefined || !story.hasPre || story.preStep - 1 !== appliedStep) {
    return 'there is no checkpoint from immediately before the change'
  }
  if (story.isDisturbed) return 'something else was changed in the meantime'
  const moving = controls.find(({ ramp }) => ramp !== undefined && ramp !== null)
  if (moving !== undefined) return `a ramp moves \`${moving.param_key}\``
  return {
    checkpoint: { tag: TAGS.pre, dir: `${runDir}/${runFiles.checkpoints}/${TAGS.pre}`, step: story.preStep },
    ops: [{ module, op: 'set_params', params: old ?? { [key]: from } }],
    steps: until - appliedStep,
  }
}
