import { isObject, nearest, oneLine, show } from '@hotcb/protocol'
import { parseYaml } from '@hotcb/protocol/yaml'
import { CONFIG_FIELDS, type ConfigField } from './config-fields.ts'
import { checkUser } from './token-file.ts'

/** Every tunable of the dashboard. {@link CONFIG_FIELDS} describes each one and its unit. */
export interface DashboardConfig {
  readonly host: string
  readonly port: number
  readonly token: string | null
  readonly tokens: string | null
  readonly user: string | null
  readonly allowed_hosts: readonly string[]
  readonly allowed_origins: readonly string[]
  readonly base_path: string
  readonly poll_interval: number
  readonly idle_poll_interval: number
  readonly scan_interval: number
  readonly scan_depth: number
  readonly history_limit_applied: number
  readonly open_runs: number
  readonly max_body_bytes: number
  readonly command_rate: number
  readonly ws_clients: number
  readonly ws_initial_burst: number
  readonly ws_buffer_bytes: number
  readonly ws_catch_up_bytes: number
  readonly ws_retry_base: number
  readonly ws_retry_cap: number
  readonly max_render_points: number
  readonly live_points: number
  readonly mutation_dash: readonly number[]
  readonly smoothing: number
  readonly sparkline_points: number
  readonly staged_change_threshold: number
}

/** The sources of the values, weakest first: defaults, YAML, environment, command line. */
export interface ConfigSources {
  /** Text of a YAML file, with the fields at the top level or under `server`, `chart`, `ui`. */
  readonly yaml?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly options?: Readonly<Record<string, unknown>>
}

/** An unknown tunable, or an invalid value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly code: 'unknown-field' | 'bad-value' | 'bad-yaml'

  constructor(code: ConfigError['code'], message: string, options?: ErrorOptions) {
    super(oneLine(message), options)
    this.code = code
  }
}

/**
 * Combines the tunables from all sources.
 *
 * @throws {@link ConfigError} on an unknown field or a value out of bounds: no field is ignored silently.
 */
export function readDashboardConfig(sources: ConfigSources = {}): DashboardConfig {
  const values: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(CONFIG_FIELDS)) values[name] = field.initial
  if (sources.yaml !== undefined) Object.assign(values, fromYaml(sources.yaml))
  for (const [name, field] of Object.entries(CONFIG_FIELDS)) {
    const text = sources.env?.[`HOTCB_${name.toUpperCase()}`]
    if (text !== undefined && text !== '') values[name] = check(name, field, ofText(field, text), 'environment')
  }
  for (const [name, value] of Object.entries(sources.options ?? {})) {
    if (value === undefined) continue
    values[name] = check(name, fieldOf(name, 'option'), value, 'option')
  }
  // All fields in the table are present and have the right kind.
  const config = values as unknown as DashboardConfig
  const problem = addressIssue(config)
  if (problem !== undefined) throw new ConfigError('bad-value', problem)
  return config
}

/** Returns the answer of `/api/config`: the tunables by section, without secrets or their paths. */
export function describeConfig(config: DashboardConfig): Record<string, Record<string, unknown>> {
  const sections: Record<string, Record<string, unknown>> = {}
  for (const [name, value] of Object.entries(config)) {
    const field = CONFIG_FIELDS[name]
    if (field === undefined || SECRET.has(name)) continue
    sections[field.section] = { ...sections[field.section], [name]: value }
  }
  return sections
}

function fromYaml(text: string): Record<string, unknown> {
  const parsed = parseYaml(text)
  if (!parsed.ok) {
    const where = parsed.line === null ? '' : ` line ${parsed.line}:`
    throw new ConfigError('bad-yaml', `the configuration is not YAML:${where} ${parsed.reason}`)
  }
  const document: unknown = parsed.value
  if (document === null) return {}
  if (!isObject(document)) {
    throw new ConfigError('bad-yaml', `the configuration must be a mapping of fields, got ${show(document)}`)
  }
  const values: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(document)) {
    if (SECTIONS.has(name) && isObject(value)) Object.assign(values, fromSection(name, value))
    else values[name] = check(name, fieldOf(name, 'YAML'), value, 'YAML')
  }
  return values
}

function fromSection(section: string, document: Record<string, unknown>): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(document)) {
    const field = fieldOf(name, section)
    if (field.section !== section) {
      throw new ConfigError('unknown-field', `\`${name}\` belongs under \`${field.section}\`, not \`${section}\``)
    }
    values[name] = check(name, field, value, 'YAML')
  }
  return values
}

const SECRET: ReadonlySet<string> = new Set(['token', 'tokens'])
const SECTIONS: ReadonlySet<string> = new Set(['server', 'chart', 'ui'])

function fieldOf(name: string, place: string): ConfigField {
  const field = Object.hasOwn(CONFIG_FIELDS, name) ? CONFIG_FIELDS[name] : undefined
  if (field !== undefined) return field
  const near = nearest(name, Object.keys(CONFIG_FIELDS))
  const hint = near.length > 0 ? `did you mean \`${near.join('` or `')}\`?` : 'see /api/config for all fields'
  throw new ConfigError('unknown-field', `unknown field \`${name}\` (${place}): ${hint}`)
}

function ofText(field: ConfigField, text: string): unknown {
  if (field.kind === 'number' || field.kind === 'whole') return Number(text)
  if (field.kind !== 'list') return text
  const parts = text.split(',').map((part) => part.trim())
  return field.initial !== null && typeof field.initial === 'object' && typeof field.initial[0] === 'number'
    ? parts.map(Number)
    : parts.filter((part) => part !== '')
}

function check(name: string, field: ConfigField, value: unknown, place: string): unknown {
  const right = fieldIssue(field, value)
  if (right === undefined) return value
  throw new ConfigError('bad-value', `\`${name}\` (${place}) must be ${right}, got ${show(value)}`)
}

/** Returns the expected kind of value; undefined if the value is valid. */
function fieldIssue(field: ConfigField, value: unknown): string | undefined {
  switch (field.kind) {
    case 'text':
      return isText(value) ? undefined : 'a non-empty string'
    case 'text?':
      return value === null || isText(value) ? undefined : 'a non-empty string'
    case 'list':
      return Array.isArray(value) && value.every(isListItem) ? undefined : 'a list'
    case 'number':
    case 'whole':
      return numberIssue(field, value)
    default:
      return field.kind satisfies never
  }
}

function numberIssue(
  { kind, min = 0, max = Number.MAX_SAFE_INTEGER }: ConfigField,
  value: unknown,
): string | undefined {
  const isWhole = kind === 'whole'
  const fits = typeof value === 'number' && value >= min && value <= max && (!isWhole || Number.isInteger(value))
  return fits ? undefined : `a ${isWhole ? 'whole ' : ''}number from ${min} to ${max}`
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

function isListItem(value: unknown): boolean {
  return typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value))
}

/** Returns the problem with the fields that control access; undefined if there is none. */
function addressIssue({
  token,
  tokens,
  user,
  allowed_origins: origins,
  base_path: base,
}: DashboardConfig): string | undefined {
  if (token !== null && tokens !== null) return 'set `token` or `tokens`, not both: a token file names its users'
  const name = user === null ? undefined : checkUser(user)
  if (name !== undefined) return `\`user\`: ${name}`
  const wrong = origins.find((origin) => !isOrigin(origin))
  if (wrong !== undefined) {
    return `\`allowed_origins\` must be origins such as https://hub.example.org, without a path, got ${show(wrong)}`
  }
  return /^\/([\w.~@%+-]+\/)*$/.test(base)
    ? undefined
    : `\`base_path\` must begin and end with a slash, such as /user/ada/proxy/8421/, got ${show(base)}`
}

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, origin } = new URL(text)
  return /^https?:$/.test(protocol) && origin === text
}
