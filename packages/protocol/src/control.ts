import { FieldReader } from './fields.ts'
import type { Json } from './json.ts'
import type { Result } from './result.ts'

export type ActuatorType = 'bool' | 'int' | 'float' | 'log_float' | 'choice' | 'tuple'

/**
 * `init`: the value was never read. `untouched`: read, never set. `unverified`: set, but not yet confirmed in the
 * trainer. `verified`: confirmed there.
 */
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
 * The description of one control: an entry of `hotcb.actuators.json`. The first twelve keys are the same as in hotcb 2.
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
  /** The current value; group 0's value if there are several groups; null while it is unknown. */
  readonly current: Json
  readonly state: ActuatorState
  readonly unit?: string
  /** The value of each parameter group, if there are several groups, or one group with a name. */
  readonly groups?: readonly ControlGroup[]
  /** The value at registration, if it is outside the accepted values. Such a value may still be restored. */
  readonly registered?: Json
  /** A ramp that is changing the value: `{type, steps, start, end, first_step}`. */
  readonly ramp?: Json
}

/** One parameter group of a control. */
export interface ControlGroup {
  readonly name: string
  readonly value: Json
  /** Its index in the trainer's list of groups, which `group` may use. If absent, it is the index in this list. */
  readonly place?: number
  /** The factor for this group when one number is set for all groups. Absent: 1. */
  readonly ratio?: number
  /** Its value at registration, if it is outside the accepted values. Such a value may still be restored. */
  readonly registered?: Json
}

/** The document `hotcb.actuators.json`. */
export interface ControlsDocument {
  readonly controls: readonly ControlDescription[]
  /** Descriptors of modules that are not built in, unparsed: `readModules` parses them. */
  readonly modules?: readonly Json[]
}

/** Returns the module of a control's group. */
export function moduleOfGroup(group: string): string {
  return group === 'optimizer' ? 'opt' : group
}

/**
 * Reads `hotcb.actuators.json`, ours or hotcb 2's. Bounds that are not finite count as absent.
 *
 * The reader is hand-written and does not use the schema: `hotcb set` reads this document before it sends a command,
 * and loading valibot would double the time that it takes.
 */
export function readControlsDocument(value: unknown): Result<ControlsDocument> {
  const fields = new FieldReader(value, 'the controls document')
  const modules = fields.jsons('modules', null)
  return fields.result({ controls: fields.list('controls', controlOf), ...(modules !== null && { modules }) })
}

/** Reads one description, for readers that skip unreadable descriptions. */
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
