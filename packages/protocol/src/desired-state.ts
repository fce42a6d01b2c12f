import { BUILT_IN_TABLE, type ModuleTable } from './descriptor/built-in.ts'
import type { ValueDescriptor, YamlShape } from './descriptor/descriptor.ts'
import { FieldReader } from './fields.ts'
import { FREEZE_MODES, type FreezeMode, REPLAY_POLICIES, type ReplayPolicy } from './freeze.ts'
import type { Json, JsonObject } from './json.ts'
import type { CallbackTarget } from './op.ts'
import type { Result } from './result.ts'

/** The document `hotcb.yaml`: the state that a person wants. Null means unspecified: the value is left unchanged. */
export interface DesiredState {
  readonly core: DesiredCore | null
  /** Loadable handles, such as callbacks, by module and id. */
  readonly handles: Readonly<Record<string, Readonly<Record<string, DesiredHandle>>>>
  /** Sections that can be switched on and off, such as the tuner, by module. */
  readonly switches: Readonly<Record<string, DesiredSwitch>>
  /** Controls of `opt`, `loss` or a custom module, by module. */
  readonly modules: Readonly<Record<string, DesiredModule>>
}

export interface DesiredCore {
  readonly freeze_mode: FreezeMode | null
  readonly recipe_path: string | null
  readonly adjust_path: string | null
  readonly policy: ReplayPolicy | null
  readonly step_offset: number | null
}

export interface DesiredHandle {
  readonly target: CallbackTarget | null
  readonly init: JsonObject | null
  readonly enabled: boolean | null
  readonly params: JsonObject | null
}

export interface DesiredSwitch {
  readonly enabled: boolean
  /** The params of `enable`. */
  readonly params: JsonObject
}

export interface DesiredModule {
  readonly id: string
  readonly enabled: boolean | null
  readonly params: JsonObject | null
}

/**
 * Reads the desired state. An empty document requests nothing.
 *
 * The reader is hand-written and does not use the schema: the kernel reads this document, and a trainer should not have
 * to load valibot.
 *
 * @param table The run's modules. Each defines the shape of its section. Default: the built-in ones.
 */
export function readDesiredState(value: unknown, table: ModuleTable = BUILT_IN_TABLE): Result<DesiredState> {
  const fields = new FieldReader(value ?? {}, '`hotcb.yaml`')
  const handles: Record<string, DesiredState['handles'][string]> = {}
  const switches: Record<string, DesiredSwitch> = {}
  const modules: [string, DesiredModule][] = []
  for (const name of fields.keys()) {
    const shape = shapeOf(table, name)
    if (NO_MODULES.includes(name)) continue
    if (shape === 'controls') modules.push([name, fields.nested(name, moduleOf)])
    else if (shape === 'none') fields.refuse(`\`${name}\` has no section in \`hotcb.yaml\``)
    else if (!fields.has(name)) continue
    else if (shape === 'switch')
      switches[name] = fields.nested(name, (section) => switchOf(section, valuesOf(table, name)))
    else handles[name] = fields.nested(name, (section) => section.map(table.get(name)?.yamlKey ?? '', handleOf))
  }
  const core = fields.nested('core', coreOf, null)
  return fields.result({ core, handles, switches, modules: Object.fromEntries(modules) })
}

function shapeOf(table: ModuleTable, name: string): YamlShape {
  return table.get(name)?.yaml ?? (table.get(name) !== undefined || table.isControls(name) ? 'controls' : 'none')
}

const NO_MODULES = ['version', 'core']

function valuesOf(table: ModuleTable, name: string): readonly ValueDescriptor[] {
  const { args = [], flags = [] } = table.op(name, 'enable') ?? {}
  return [...args, ...flags]
}

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

function handleOf(fields: FieldReader): DesiredHandle {
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

function switchOf(fields: FieldReader, values: readonly ValueDescriptor[]): DesiredSwitch {
  const params: [string, Json][] = []
  for (const { into, kind, default: absent = null } of values) {
    const name = keyOf(into)
    if (name === null) continue
    const said = kind === 'text' && typeof absent === 'string' ? fields.text(name, absent) : fields.json(name)
    params.push([name, said ?? absent])
  }
  for (const key of fields.keys()) {
    if (key !== 'enabled' && !values.some(({ into }) => keyOf(into) === key)) params.push([key, fields.json(key)])
  }
  const said = params.filter(([, value]) => value !== null)
  return { enabled: fields.flag('enabled', false), params: Object.fromEntries(said) }
}

// Returns the key in the YAML section: the key of the param, whatever its name on a command line, or `mode`, which is a
// field of the op.
function keyOf(into: string): string | null {
  return into === 'mode' ? into : (/^params\.(.+)$/.exec(into)?.[1] ?? null)
}

function moduleOf(fields: FieldReader): DesiredModule {
  return {
    id: fields.name('id', 'main'),
    enabled: fields.flag('enabled', null),
    params: fields.object('params', null),
  }
}
