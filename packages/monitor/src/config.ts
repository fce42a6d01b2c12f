import { type Caps, NO_CAPS, nanoUsd, type PriceTable } from '@hotcb/llm'
import { readYamlTree } from '@hotcb/protocol/yaml'
import { type ConfigProblem, createFieldReader, type Field, type FieldReader, optional } from '@hotcb/sweep'
import { type ChatConfig, readDiscord, readSlack, type SecretPlace, secretPlace } from './config-chat.ts'
import { readLimits, type TriageLimits } from './config-triage.ts'
import { PERMISSIONS, type ToolClass, type ToolPermission } from './types.ts'

/** The `monitor` and `discord` fields of `hyperherd.yaml`, with defaults filled in. */
export interface MonitorConfig {
  readonly provider: 'openai' | 'anthropic'
  readonly model: string
  readonly baseUrl: string
  /** The source of the key; null for the provider's environment variable. */
  readonly key: SecretPlace | null
  readonly prices: PriceTable
  readonly caps: Caps
  readonly timeoutSeconds: number
  readonly maxTokens: number
  /** The maximum number of model calls in one tick. */
  readonly callsPerTick: number
  readonly permissions: Readonly<Record<ToolClass, ToolPermission>>
  /** The bounds within which the model may set each control, by control. If empty, it may not set any. */
  readonly live: Readonly<Record<string, readonly [low: number, high: number]>>
  readonly triage: TriageLimits
  /** Seconds between two checks of the sweep. */
  readonly pollSeconds: number
  readonly chat: ChatConfig
}

const BASE_URLS = { openai: 'https://api.openai.com/v1', anthropic: 'https://api.anthropic.com/v1' } as const
const MODELS = { openai: 'gpt-4o-mini', anthropic: 'claude-haiku-4-5' } as const

const FIELDS = [
  ...['model', 'base_url', 'key', 'prices', 'budget', 'timeout', 'max_tokens', 'calls_per_tick', 'allow', 'live'],
  ...['on_failure', 'max_mem', 'max_time', 'max_retries', 'stall_minutes', 'poll', 'operators', 'slack'],
]

export type MonitorConfigReading =
  | { readonly ok: true; readonly config: MonitorConfig }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] }

/** Reads the monitor's fields in `hyperherd.yaml`. All problems are collected. */
export function readMonitorConfig(text: string): MonitorConfigReading {
  const tree = readYamlTree(text)
  const reader = createFieldReader()
  const top = tree.ok && tree.value !== null ? reader.fields({ node: tree.value, path: '' }) : undefined
  const field = top === undefined ? undefined : optional(top, 'monitor')
  const discord = top === undefined ? undefined : optional(top, 'discord')
  const config = readMonitor(reader, field, discord)
  const problems = reader.problems.filter(({ isWarning }) => !isWarning)
  return problems.length > 0 ? { ok: false, problems } : { ok: true, config }
}

function readMonitor(reader: FieldReader, field: Field | undefined, discord: Field | undefined): MonitorConfig {
  const fields = (field === undefined ? undefined : reader.fields(field, FIELDS)) ?? new Map<string, Field>()
  const { provider, model } = readModel(reader, optional(fields, 'model'))
  const whole = (name: string, least: number, absent: number): number =>
    reader.number(optional(fields, name), { whole: true, least }) ?? absent
  return {
    provider,
    model,
    baseUrl: reader.filledText(optional(fields, 'base_url')) ?? BASE_URLS[provider],
    key: secretPlace(reader, optional(fields, 'key')) ?? null,
    prices: readPriceFields(reader, optional(fields, 'prices')),
    caps: readBudget(reader, optional(fields, 'budget')),
    timeoutSeconds: whole('timeout', 1, 60),
    maxTokens: whole('max_tokens', 64, 2048),
    callsPerTick: whole('calls_per_tick', 1, 8),
    permissions: readPermissions(reader, optional(fields, 'allow')),
    live: readLive(reader, optional(fields, 'live')),
    triage: readLimits(reader, fields),
    pollSeconds: reader.number(optional(fields, 'poll'), { above: 0, most: 3600, example: '60' }) ?? 60,
    chat: {
      operators: readOperators(reader, optional(fields, 'operators')),
      discord: readDiscord(reader, discord),
      slack: readSlack(reader, optional(fields, 'slack')),
    },
  }
}

function readModel(reader: FieldReader, field: Field | undefined): Pick<MonitorConfig, 'provider' | 'model'> {
  const text = reader.filledText(field)
  if (field === undefined || text === undefined) return { provider: 'openai', model: MODELS.openai }
  const [, provider, name = ''] = /^(openai|anthropic):(.+)$/.exec(text) ?? []
  if (provider === 'openai' || provider === 'anthropic') return { provider, model: name }
  reader.tell(field.node.place, field.path, `"${text}" is not a model; use openai:NAME or anthropic:NAME`)
  return { provider: 'openai', model: MODELS.openai }
}

/** The defaults of `allow`. */
const DEFAULT_PERMISSIONS: Readonly<Record<ToolClass, ToolPermission>> = {
  read: 'auto',
  note: 'auto',
  control: 'ask',
  cheap: 'auto',
  costly: 'ask',
}

/** Reading and writing notes is always allowed. */
const CHANGES = ['control', 'cheap', 'costly'] as const

function readPermissions(reader: FieldReader, field: Field | undefined): MonitorConfig['permissions'] {
  const fields = field === undefined ? undefined : reader.fields(field, [...CHANGES])
  if (fields === undefined) return DEFAULT_PERMISSIONS
  const permissions = { ...DEFAULT_PERMISSIONS }
  for (const name of CHANGES) permissions[name] = reader.oneOf(optional(fields, name), PERMISSIONS) ?? permissions[name]
  return permissions
}

function readBudget(reader: FieldReader, field: Field | undefined): Caps {
  const known = ['usd', 'usd_per_day', 'tokens', 'calls']
  const fields = (field === undefined ? undefined : reader.fields(field, known)) ?? new Map<string, Field>()
  const usd = (name: string): number | null => {
    const value = reader.number(optional(fields, name), { least: 0, most: 1_000_000, example: '5' })
    return value === undefined ? null : nanoUsd(value)
  }
  const count = (name: string): number | null =>
    reader.number(optional(fields, name), { whole: true, least: 0 }) ?? null
  return {
    ...NO_CAPS,
    nano: usd('usd') ?? nanoUsd(5),
    nanoPerDay: usd('usd_per_day'),
    tokens: count('tokens'),
    calls: count('calls'),
  }
}

function readPriceFields(reader: FieldReader, field: Field | undefined): PriceTable {
  const models = (field === undefined ? undefined : reader.fields(field)) ?? new Map<string, Field>()
  const table: Record<string, { input: number; output: number }> = {}
  for (const [name, one] of models) {
    const fields = reader.fields(one, ['input', 'output'])
    const price = (which: string): number | undefined => {
      const at = fields === undefined ? undefined : optional(fields, which)
      if (at === undefined)
        return reader.tell(one.node.place, one.path, 'needs input and output, in dollars per million tokens')
      return reader.number(at, { least: 0, most: 100_000 })
    }
    const [input, output] = [price('input'), price('output')]
    if (input !== undefined && output !== undefined) table[name] = { input, output }
  }
  return table
}

function readLive(reader: FieldReader, field: Field | undefined): MonitorConfig['live'] {
  const controls = (field === undefined ? undefined : reader.fields(field)) ?? new Map<string, Field>()
  const bounds: Record<string, readonly [number, number]> = {}
  for (const [name, one] of controls) {
    const items = reader.list(one)
    const [low, high, ...more] = (items ?? []).map((item) => reader.number(item))
    if (low !== undefined && high !== undefined && low <= high && more.length === 0) bounds[name] = [low, high]
    else if (items !== undefined) reader.tell(one.node.place, one.path, 'is not a range; use [low, high]')
  }
  return bounds
}

function readOperators(reader: FieldReader, field: Field | undefined): ChatConfig['operators'] {
  const fields =
    (field === undefined ? undefined : reader.fields(field, ['discord', 'slack'])) ?? new Map<string, Field>()
  return {
    discord: reader.texts(optional(fields, 'discord')) ?? [],
    slack: reader.texts(optional(fields, 'slack')) ?? [],
  }
}
