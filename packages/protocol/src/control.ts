import { FieldReader } from './fields.ts'
import type { Json } from './json.ts'
import type { Result } from './result.ts'

export type ActuatorType = 'bool' | 'int' | 'float' | 'log_float' | 'choice' | 'tuple'

/** init: never read. untouched: known. unverified: set, not yet confirmed in the trainer. verified: confirmed there. */
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

/**
 * The description of one control for people: an entry of `hotcb.actuators.json`. The first twelve keys are hotcb 2's.
 */
export interface ControlDescription {
  readonly param_key: string
  readonly type: ActuatorType
  readonly label: string
  /** `optimizer` belongs to module `opt`, any other group to the module of the same name. */
  readonly group: string
  readonly min: number | null
  readonly max: number | null
  readonly step: number | null
  readonly log_base: number | null
  readonly choices: readonly Json[] | null
  /** The value of group 0 if there are several; null while it is not known. */
  readonly current: Json
  readonly state: ActuatorState
  readonly unit?: string
  /** The value of each parameter group, if there are several, or one with a name. */
  readonly groups?: readonly ControlGroup[]
  /** The value at registration, if the control would not accept it: it may be restored nevertheless. */
  readonly registered?: Json
  /** A ramp that moves the value: `{type, steps, start, end, first_step}`. */
  readonly ramp?: Json
}

/** One parameter group of a control. */
export interface ControlGroup {
  readonly name: string
  readonly value: Json
  /** Its index in the trainer's list, which `group` may use; absent: its index in this one. */
  readonly place?: number
  /** The factor for this group when one number is set for all groups; absent: 1. */
  readonly ratio?: number
  /** Its value at registration, if the control would not accept it: it may be restored nevertheless. */
  readonly registered?: Json
}

/** The document `hotcb.actuators.json`. */
export interface ControlsDocument {
  readonly controls: readonly ControlDescription[]
  /** Descriptors of modules that are not built in, unparsed: `readModules` parses them. */
  readonly modules?: readonly Json[]
}

/** The module that a control's group belongs to. */
export function moduleOfGroup(group: string): string {
  return group === 'optimizer' ? 'opt' : group
}

/**
 * Reads `hotcb.actuators.json`, ours or hotcb 2's. Bounds that are not finite count as absent.
 *
 * Hand-written, not by its schema: `hotcb set` reads it before sending, and loading valibot takes as long as everything
 * else.
 */
export function readControlsDocument(value: unknown): Result<ControlsDocument> {
  const fields = new FieldReader(value, 'the document of controls')
  const modules = fields.jsons('modules', null)
  return fields.result({ controls: fields.list('controls', controlOf), ...(modules !== null && { modules }) })
}

/** Reads one description, for readers that skip unreadable ones. */
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
