import { FieldReader } from './fields.ts'
import type { Json } from './json.ts'
import type { Result } from './result.ts'

export type ActuatorType = 'bool' | 'int' | 'float' | 'log_float' | 'choice' | 'tuple'

/** init: never looked at. untouched: known. unverified: set, not yet seen in the trainer. verified: seen there. */
export type ActuatorState = 'init' | 'untouched' | 'unverified' | 'verified' | 'disabled'

export const ACTUATOR_TYPES: readonly [ActuatorType, ...ActuatorType[]] = [
  'bool',
  'int',
  'float',
  'log_float',
  'choice',
  'tuple',
]

export const ACTUATOR_STATES: readonly [ActuatorState, ...ActuatorState[]] = [
  'init',
  'untouched',
  'unverified',
  'verified',
  'disabled',
]

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
  /** Each parameter group's value, where there are several, or one that has a name. */
  readonly groups?: readonly ControlGroup[]
  /** The value at registration, where the control would not accept it: it may be put back all the same. */
  readonly registered?: Json
  /** A ramp that moves the value: `{type, steps, start, end, first_step}`. */
  readonly ramp?: Json
}

/** One parameter group of a control. */
export interface ControlGroup {
  readonly name: string
  readonly value: Json
  /** Its place in the trainer's own list, by which `group` may name it; absent: its place in this one. */
  readonly place?: number
  /** What one number for all groups is multiplied by for this one; absent: 1. */
  readonly ratio?: number
  /** Its value at registration, where the control would not accept it: it may be put back all the same. */
  readonly registered?: Json
}

/** The document `hotcb.actuators.json`. */
export interface ControlsDocument {
  readonly controls: readonly ControlDescription[]
  /** Descriptors of modules that are not built in, as they stand there: `readModules` reads them. */
  readonly modules?: readonly Json[]
}

/** The module that a control's group belongs to. */
export function moduleOfGroup(group: string): string {
  return group === 'optimizer' ? 'opt' : group
}

/**
 * Reads `hotcb.actuators.json`, ours or hotcb 2's. Bounds that are not finite are none.
 *
 * By hand, and not by its schema: `hotcb set` reads it before it sends, and loading valibot takes as long as all the rest.
 */
export function readControlsDocument(value: unknown): Result<ControlsDocument> {
  const fields = new FieldReader(value, 'the document of controls')
  const modules = fields.jsons('modules', null)
  return fields.result({ controls: fields.list('controls', controlOf), ...(modules !== null && { modules }) })
}

/** Reads one description, for readers that make do with those that can be read. */
export function readControl(value: unknown): Result<ControlDescription> {
  const fields = new FieldReader(value, 'a control')
  return fields.result(controlOf(fields))
}

function controlOf(fields: FieldReader): ControlDescription {
  const unit = fields.text('unit', null)
  const groups = fields.list('groups', groupOf)
  const key = fields.text('param_key')
  return {
    param_key: key,
    type: fields.oneOf('type', ACTUATOR_TYPES),
    label: fields.text('label', key),
    group: fields.text('group', ''),
    min: fields.lenientNumber('min', null),
    max: fields.lenientNumber('max', null),
    step: fields.lenientNumber('step', null),
    log_base: fields.lenientNumber('log_base', null),
    choices: fields.jsons('choices', null),
    current: fields.json('current'),
    state: fields.oneOf('state', ACTUATOR_STATES, 'init'),
    ...(unit === null ? {} : { unit }),
    ...(fields.has('groups') ? { groups } : {}),
    ...(fields.has('registered') ? { registered: fields.json('registered') } : {}),
    ...(fields.has('ramp') ? { ramp: fields.json('ramp') } : {}),
  }
}

function groupOf(fields: FieldReader): ControlGroup {
  const place = fields.count('place', null)
  const ratio = fields.lenientNumber('ratio', null)
  return {
    name: fields.name('name'),
    value: fields.json('value'),
    ...(place === null ? {} : { place }),
    ...(ratio === null ? {} : { ratio }),
    ...(fields.has('registered') ? { registered: fields.json('registered') } : {}),
  }
}
