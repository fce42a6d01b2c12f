import { FieldReader } from './fields.ts'
import { FREEZE_MODES, type FreezeMode, REPLAY_POLICIES, type ReplayPolicy } from './freeze.ts'
import type { JsonObject } from './json.ts'
import type { CallbackTarget } from './op.ts'
import type { Result } from './result.ts'

/** The document `hotcb.yaml`: the state a person wants. What is null was not said, and is left as it is. */
export interface DesiredState {
  readonly core: DesiredCore | null
  /** By id, in the order of the document. */
  readonly callbacks: Readonly<Record<string, DesiredCallback>>
  readonly tune: DesiredTune | null
  /** By module: `opt`, `loss`, or any name of the user's own. */
  readonly modules: Readonly<Record<string, DesiredModule>>
}

export interface DesiredCore {
  readonly freeze_mode: FreezeMode | null
  readonly recipe_path: string | null
  readonly adjust_path: string | null
  readonly policy: ReplayPolicy | null
  readonly step_offset: number | null
}

export interface DesiredCallback {
  readonly target: CallbackTarget | null
  readonly init: JsonObject | null
  readonly enabled: boolean | null
  readonly params: JsonObject | null
}

export interface DesiredTune {
  readonly enabled: boolean
  readonly mode: string
}

export interface DesiredModule {
  readonly id: string
  readonly enabled: boolean | null
  readonly params: JsonObject | null
}

/** Reads the desired state. An empty document wants nothing. */
export function readDesiredState(value: unknown): Result<DesiredState> {
  const fields = new FieldReader(value ?? {}, '`hotcb.yaml`')
  const tune = (section: FieldReader): DesiredTune => ({
    enabled: section.flag('enabled', false),
    mode: section.text('mode', 'active'),
  })
  return fields.result({
    core: fields.nested('core', coreOf, null),
    callbacks: fields.nested('cb', (cb) => cb.map('callbacks', callbackOf), null) ?? {},
    tune: fields.nested('tune', tune, null),
    modules: fields.every(moduleOf, SECTIONS),
  })
}

const SECTIONS = ['version', 'core', 'cb', 'tune']

function coreOf(fields: FieldReader): DesiredCore {
  const paths = fields.nested('replay', replayOf, null)
  return {
    freeze_mode: fields.oneOf('freeze_mode', FREEZE_MODES, null),
    recipe_path: paths?.recipe_path ?? null,
    adjust_path: paths?.adjust_path ?? null,
    policy: paths?.policy ?? null,
    step_offset: paths?.step_offset ?? null,
  }
}

function replayOf(fields: FieldReader): Omit<DesiredCore, 'freeze_mode'> {
  return {
    recipe_path: fields.text('recipe_path', null),
    adjust_path: fields.text('adjust_path', null),
    policy: fields.oneOf('policy', REPLAY_POLICIES, null),
    step_offset: fields.whole('step_offset', null),
  }
}

function callbackOf(fields: FieldReader): DesiredCallback {
  return {
    target: fields.nested('target', targetOf, null),
    init: fields.object('init', null),
    enabled: fields.flag('enabled', null),
    params: fields.object('params', null),
  }
}

function targetOf(fields: FieldReader): CallbackTarget {
  return {
    kind: fields.oneOf('kind', ['file', 'module', 'python_file']),
    path: fields.text('path'),
    symbol: fields.text('symbol'),
  }
}

function moduleOf(fields: FieldReader): DesiredModule {
  return {
    id: fields.name('id', 'main'),
    enabled: fields.flag('enabled', null),
    params: fields.object('params', null),
  }
}
