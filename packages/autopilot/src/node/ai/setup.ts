import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import { FREE, type Model, nanoUsd, PRICES, type Price, priceOf } from '@hotcb/llm'
import { anthropicModel, modelHost, openAiModel, openSpending, type Spending } from '@hotcb/llm/node'
import { ok, type Result, refused } from '@hotcb/protocol'
import { RunError, type SecretSource } from '@hotcb/run'
import { openSecretStore, type SecretStore, stateDirectory } from '@hotcb/run/node'
import type { AiConfig } from '../../ai/ai-config.ts'
import { type ConfigPlace, readAutopilotConfigFile } from '../config-file.ts'
import { bindKey } from './key-host.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** The setup for calling a run's model. */
export interface AiSetup {
  readonly model: Model | null
  /** The reason why no model can be called; null if `model` is set. */
  readonly problem: string | null
  readonly price: Price
  readonly spending: Spending
  /** Removes the key from a string, because an endpoint may quote the key. */
  readonly scrub: (text: string) => string
}

/** Model options from a command line or a launcher. They override those in the config file. */
export interface AiOverrides extends Partial<Pick<AiConfig, 'model' | 'baseUrl' | 'cadence'>> {
  /** `budget.usd`. */
  readonly usd?: number | undefined
}

/**
 * Returns a run's `ai` settings. The fields of `overrides` take precedence over the file, and the variable `HOTCB_AI_MODEL` takes
 * precedence over the file's model.
 *
 * @throws RunError `bad-argument` for a config with a mistake.
 */
export function aiConfigOf(run: ConfigPlace, env: Environment, { usd, ...fields }: AiOverrides = {}): AiConfig {
  const { ai } = readAutopilotConfigFile(run)
  const model = env['HOTCB_AI_MODEL'] ?? ''
  const caps = usd === undefined ? ai.caps : { ...ai.caps, nano: nanoUsd(usd) }
  return { ...ai, ...(model !== '' && { model }), ...fields, caps }
}

/**
 * Opens the model named in a config. A missing key is not an error: only rules are used, and `problem` contains the reason.
 *
 * @throws RunError `bad-argument` for an invalid address, or for a model without a price if tokens are not limited.
 */
export function openAi(dir: string, config: AiConfig, env: Environment): AiSetup {
  const { baseUrl, model: name, provider, timeoutSeconds } = config
  const where = modelHost(baseUrl)
  if (!where.ok) throw new RunError('bad-argument', where.reason)
  const price = aiPrice(config)
  const spending = aiSpending(dir, env)
  const secrets = openSecretStore(env)
  const scrub = (text: string): string => secrets.scrub(text)
  const key = keyFor(config, where.value, env, secrets)
  if (!key.ok) return { model: null, problem: key.reason, price, spending, scrub }
  const make = provider === 'anthropic' ? anthropicModel : openAiModel
  const wholeMs = timeoutSeconds * 1000
  // An answer that is not streamed arrives only when it is complete.
  const model = make({ model: name, baseUrl, key: key.value, limits: { wholeMs, firstByteMs: wholeMs } })
  return { model, problem: null, price, spending, scrub }
}

/** @throws RunError `bad-argument` if neither a price nor a token limit bounds the cost. */
export function aiPrice({ model, prices, caps, baseUrl }: AiConfig): Price {
  const own = priceOf(prices, model)
  if (own !== undefined) return own
  const where = modelHost(baseUrl)
  if (where.ok && where.value.isLoopback) return FREE
  const known = priceOf(PRICES, model)
  if (known !== undefined) return known
  if (caps.tokens !== null) return FREE
  throw new RunError(
    'bad-argument',
    `no price is known for the model \`${model}\`; add it to \`ai.prices\`, or limit \`ai.budget.tokens\``,
  )
}

/** Returns the document in which all of this user's runs record their model costs. */
export function aiSpending(dir: string, env: Environment): Spending {
  return openSpending({ path: join(stateDirectory(env), 'ai-spending.jsonl'), run: realpathSync(dir) })
}

const DEFAULT_KEY: SecretSource = { from: 'env', name: 'HOTCB_AI_KEY' }

/** Returns the key for a request; null if no key is sent. */
function keyFor(
  { key: named, baseUrl }: AiConfig,
  { host, isLoopback }: { readonly host: string; readonly isLoopback: boolean },
  env: Environment,
  secrets: SecretStore,
): Result<(() => string) | null> {
  // A local server needs no key, and must not receive a key that is meant for another machine.
  if (isLoopback && named === null) return ok(null)
  const read = secrets.read(named ?? DEFAULT_KEY)
  if (!read.ok) {
    return refused(`an API key for \`${host}\` is missing: ${read.reason}`)
  }
  if (!isLoopback && baseUrl.toLowerCase().startsWith('http:')) {
    return refused(
      `the key is not sent over http:// to \`${host}\`, which is another machine; \`ai.base_url\` must begin with https://`,
    )
  }
  const secret = read.value
  const bound = bindKey(join(stateDirectory(env), 'ai-keys.jsonl'), secret.reveal(), host)
  return bound.ok ? ok(() => secret.reveal()) : bound
}
