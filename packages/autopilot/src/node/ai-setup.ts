import { createHash } from 'node:crypto'
import { mkdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { readStampedDocument, replaceDocument } from '@hotcb/journal'
import { FREE, type Model, PRICES, type Price, priceOf } from '@hotcb/llm'
import { anthropicModel, modelHost, openAiModel, openSpending, type Spending } from '@hotcb/llm/node'
import { isObject, parseJson } from '@hotcb/protocol'
import { RunError } from '@hotcb/run'
import { createSecretStore, stateDirectory } from '@hotcb/run/node'
import type { AiConfig } from '../ai/ai-config.ts'

/** What asks the model of a run, and what it may cost. */
export interface AiSetup {
  readonly model: Model | null
  /** Why there is no model; null where there is one. */
  readonly problem: string | null
  readonly price: Price
  readonly spending: Spending
}

/**
 * Opens the model of a config. A key that is missing is no error: rules decide, and `problem` says why.
 *
 * @throws RunError `bad-argument` for an address that is none, and for a model without a price where tokens are not limited.
 */
export function openAi(dir: string, config: AiConfig, env: Readonly<Record<string, string | undefined>>): AiSetup {
  const { baseUrl, model: name, provider } = config
  const where = modelHost(baseUrl)
  if (!where.ok) throw new RunError('bad-argument', where.reason)
  const { host, isLoopback } = where.value
  const price = aiPrice(config, isLoopback)
  const spending = aiSpending(dir, env)
  const key = keyFor(config, host, isLoopback, env)
  if (key.problem !== null) return { model: null, problem: key.problem, price, spending }
  const make = provider === 'anthropic' ? anthropicModel : openAiModel
  return { model: make({ model: name, baseUrl, key: key.reveal }), problem: null, price, spending }
}

/** @throws RunError `bad-argument` where neither a price nor a limit of tokens holds the cost. */
export function aiPrice({ model, prices, caps, baseUrl }: AiConfig, isLoopback?: boolean): Price {
  const known = priceOf(prices, model) ?? priceOf(PRICES, model)
  if (known !== undefined) return known
  const where = modelHost(baseUrl)
  if (isLoopback ?? (where.ok && where.value.isLoopback)) return FREE
  if (caps.tokens !== null) return FREE
  throw new RunError(
    'bad-argument',
    `no price is known for the model \`${model}\`: write it under \`ai.prices\`, or limit \`ai.budget.tokens\``,
  )
}

/** The document in which all runs of this user write down what models cost. */
export function aiSpending(dir: string, env: Readonly<Record<string, string | undefined>>): Spending {
  return openSpending({ path: join(stateDirectory(env), 'ai-spending.jsonl'), run: realpathSync(dir) })
}

interface Key {
  readonly reveal: (() => string) | null
  readonly problem: string | null
}

function keyFor(
  { key: source }: AiConfig,
  host: string,
  isLoopback: boolean,
  env: Readonly<Record<string, string | undefined>>,
): Key {
  const read = createSecretStore(env).read(source)
  if (!read.ok) {
    // A local server needs none; a file that was named and cannot be used is a mistake there too.
    if (isLoopback && source.from === 'env') return { reveal: null, problem: null }
    return { reveal: null, problem: `there is no key for \`${host}\`: ${read.reason}` }
  }
  const secret = read.value
  const bound = bindKey(secret.reveal(), host, stateDirectory(env))
  if (bound !== host) {
    return {
      reveal: null,
      problem: `the key is used for \`${bound}\`, and is not sent to \`${host}\`: another host needs a key of its own`,
    }
  }
  return { reveal: () => secret.reveal(), problem: null }
}

/**
 * The host to which a key goes: the first for which it was used on this machine. Whoever can write the config of a run could
 * otherwise have the key sent anywhere.
 */
function bindKey(key: string, host: string, dir: string): string {
  const path = join(dir, 'ai-hosts.json')
  const print = createHash('sha256').update(`hotcb ai key ${key}`).digest('hex').slice(0, 16)
  const text = readStampedDocument(path, { maxBytes: MAX_BYTES })?.text ?? '{}'
  const parsed = parseJson(text)
  const hosts = parsed.ok && isObject(parsed.value) ? parsed.value : {}
  const known = hosts[print]
  if (typeof known === 'string') return known
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  replaceDocument(path, `${JSON.stringify({ ...hosts, [print]: host }, null, 2)}\n`)
  return host
}

const MAX_BYTES = 1024 * 1024
