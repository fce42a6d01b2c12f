import { type Caps, nanoUsd, type PriceTable, readPrices } from '@hotcb/llm'
import type { SecretSource } from '@hotcb/run'
import type { RuleReader } from '../rule-reader.ts'

/** The settings for model queries and their cost limits: `ai` in `hotcb.autopilot.yaml`. */
export interface AiConfig {
  readonly provider: 'openai' | 'anthropic'
  readonly baseUrl: string
  readonly model: string
  /** Where the key is stored; the key itself is never in a config. Null: `HOTCB_AI_KEY`, which is not sent to endpoints on this machine. */
  readonly key: SecretSource | null
  /** The number of steps between two queries. */
  readonly cadence: number
  /** The maximum number of tokens in an answer, and in a prompt. */
  readonly maxTokens: number
  readonly contextTokens: number
  /** The time limit for a complete answer. */
  readonly timeoutSeconds: number
  /** The maximum number of consecutive runs that `declare_rerun` may lead to, including the first one. */
  readonly maxRuns: number
  readonly caps: Caps
  /** The user's prices by model, which replace built-in ones. */
  readonly prices: PriceTable
  /** `ids_only`: metric and control names are not sent. */
  readonly share: 'full' | 'ids_only'
}

const BASE_URLS = { openai: 'https://api.openai.com/v1', anthropic: 'https://api.anthropic.com/v1' } as const
const MODELS = { openai: 'gpt-4o-mini', anthropic: 'claude-haiku-4-5' } as const

export const DEFAULT_AI: AiConfig = {
  provider: 'openai',
  baseUrl: BASE_URLS.openai,
  model: MODELS.openai,
  key: null,
  cadence: 50,
  maxTokens: 1024,
  contextTokens: 6000,
  timeoutSeconds: 60,
  maxRuns: 3,
  caps: { nano: nanoUsd(5), nanoPerDay: null, tokens: null, calls: null, actions: 40, minutes: null },
  prices: {},
  share: 'full',
}

const FIELDS = [
  ...['provider', 'base_url', 'model', 'key', 'cadence', 'max_tokens', 'context_tokens', 'timeout', 'max_runs'],
  ...['budget', 'prices', 'share'],
]

/** Reads `ai`; omitted fields get their defaults. */
export function readAiConfig(reader: RuleReader): AiConfig {
  reader.only(FIELDS)
  const provider = reader.oneOf('provider', ['openai', 'anthropic']) ?? DEFAULT_AI.provider
  const prices = readPrices(reader.json('prices'), 'ai.prices')
  if (!prices.ok) reader.problem('prices', prices.reason)
  return {
    provider,
    baseUrl: reader.text('base_url') ?? BASE_URLS[provider],
    model: reader.text('model') ?? MODELS[provider],
    key: readKeySource(reader),
    cadence: reader.whole('cadence', 1) ?? DEFAULT_AI.cadence,
    maxTokens: reader.whole('max_tokens', 64) ?? DEFAULT_AI.maxTokens,
    contextTokens: reader.whole('context_tokens', 1500) ?? DEFAULT_AI.contextTokens,
    timeoutSeconds: reader.whole('timeout', 1) ?? DEFAULT_AI.timeoutSeconds,
    maxRuns: reader.whole('max_runs', 1) ?? DEFAULT_AI.maxRuns,
    caps: readCaps(reader),
    prices: prices.ok ? prices.value : {},
    share: reader.oneOf('share', ['full', 'ids_only']) ?? DEFAULT_AI.share,
  }
}

function readKeySource(reader: RuleReader): AiConfig['key'] {
  const text = reader.text('key')
  if (text === undefined) return DEFAULT_AI.key
  const [, from, where = ''] = /^(env|file):(.+)$/.exec(text) ?? []
  if (from === 'env') return { from, name: where }
  if (from === 'file') return { from, path: where }
  // The value may be the key itself, so the message does not repeat it.
  reader.problem('key', '`key` must state where the key is stored: `env:NAME` or `file:PATH`')
  return DEFAULT_AI.key
}

const BUDGET = ['usd', 'usd_per_day', 'tokens', 'calls', 'actions', 'minutes']

function readCaps(reader: RuleReader): Caps {
  const budget = reader.within('budget')
  const { caps } = DEFAULT_AI
  if (budget === undefined) return caps
  budget.only(BUDGET)
  return {
    nano: usd(budget, 'usd') ?? caps.nano,
    nanoPerDay: usd(budget, 'usd_per_day') ?? null,
    tokens: budget.whole('tokens', 0) ?? null,
    calls: budget.whole('calls', 0) ?? null,
    actions: budget.whole('actions', 0) ?? caps.actions,
    minutes: budget.whole('minutes', 0) ?? null,
  }
}

const MOST_USD = 1_000_000

function usd(budget: RuleReader, field: string): number | undefined {
  const value = budget.number(field)
  if (value === undefined) return undefined
  if (value >= 0 && value <= MOST_USD) return nanoUsd(value)
  return budget.problem(field, `\`${field}\` must be dollars from 0 to ${MOST_USD}, got ${value}`)
}
