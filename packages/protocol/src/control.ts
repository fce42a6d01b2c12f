import type { Json } from './json.ts'

export type ActuatorType = 'bool' | 'int' | 'float' | 'log_float' | 'choice' | 'tuple'

/** init: never looked at. untouched: known. unverified: set, not yet seen in the trainer. verified: seen there. */
export type ActuatorState = 'init' | 'untouched' | 'unverified' | 'verified' | 'disabled'

/** One control as described to people: an entry of `hotcb.actuators.json`. The first twelve keys are hotcb 2's. */
export interface ControlDescription {
  readonly param_key: string
  readonly type: ActuatorType
  readonly label: string
  /** `optimizer` belongs to module `opt`, any other group to the module of its name. */
  readonly group: string
  readonly min: number | null
  readonly max: number | null
  readonly step: number | null
  readonly log_base: number | null
  readonly choices: readonly Json[] | null
  /** Group 0's value where there are several; null while it is not known. */
  readonly current: Json
  readonly state: ActuatorState
  readonly unit?: string
  /** Each parameter group's value, where there are several. */
  readonly groups?: readonly { readonly name: string; readonly value: Json }[]
  /** A ramp that moves the value: `{type, steps, start, end, first_step}`. */
  readonly ramp?: Json
}

/** The document `hotcb.actuators.json`. */
export interface ControlsDocument {
  readonly controls: readonly ControlDescription[]
}

/** The module that a control's group belongs to. */
export function moduleOfGroup(group: string): string {
  return group === 'optimizer' ? 'opt' : group
}
