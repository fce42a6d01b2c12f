import { DEFAULT_AI } from '@hotcb/autopilot'
import { openAi } from '@hotcb/autopilot/node'
import { openSpending } from '@hotcb/llm/node'
import { messageOf } from '@hotcb/protocol'
import { type ConfigProblem, tellConfigProblem } from '@hotcb/sweep'
import { readEnvFile, SweepError, type Workspace } from '@hotcb/sweep/node'
import { type MonitorConfig, readMonitorConfig } from '../config.ts'
import type { ModelSetup } from './ask-model.ts'
import type { MonitorPaths } from './monitor-files.ts'
import type { MonitorPort } from './monitor-parts.ts'

/** @throws SweepError `config` with one line per problem. */
export function loadMonitorConfig(text: string): MonitorConfig {
  const reading = readMonitorConfig(text)
  if (reading.ok) return reading.config
  throw new SweepError(
    'config',
    reading.problems.map((one: ConfigProblem) => tellConfigProblem(one, 'hyperherd.yaml')),
  )
}

/** A model, or the reason why there is none, and a function that removes the model's key from text. */
export interface OpenedModel {
  readonly setup: ModelSetup | null
  readonly problem: string | null
  readonly scrub: (text: string) => string
}

/**
 * Opens the model named in a config. Its cost is recorded in the workspace, so that the limit applies wherever the monitor runs.
 *
 * @throws SweepError `config` for an invalid address or price.
 */
export function openModel(
  { paths: { root } }: Workspace,
  paths: MonitorPaths,
  config: MonitorConfig,
  env: MonitorPort['env'],
): OpenedModel {
  const { provider, model, baseUrl, prices, caps, timeoutSeconds, maxTokens } = config
  const named = config.key ?? keyVariable(provider, baseUrl, env)
  const ai = { ...DEFAULT_AI, provider, model, baseUrl, prices, caps, timeoutSeconds, maxTokens, key: named }
  try {
    const opened = openAi(root, ai, env)
    const spending = openSpending({ path: paths.spend, run: 'monitor' })
    const setup = opened.model === null ? null : { model: opened.model, price: opened.price, caps, spending }
    return { setup, problem: opened.problem, scrub: opened.scrub }
  } catch (error) {
    throw new SweepError('config', `hyperherd.yaml: monitor: ${messageOf(error).replaceAll('`ai.', '`monitor.')}`)
  }
}

const VARIABLES = { openai: 'OPENAI_API_KEY', anthropic: 'ANTHROPIC_API_KEY' } as const

/** Returns the environment variable that the provider's own client uses, if the address is the provider's own. */
function keyVariable(
  provider: MonitorConfig['provider'],
  baseUrl: string,
  env: MonitorPort['env'],
): MonitorConfig['key'] {
  const isMakers = /^https:\/\/api\.(openai|anthropic)\.com\//.test(baseUrl)
  if (!isMakers || (env['HOTCB_AI_KEY'] ?? '') !== '') return null
  return { from: 'env', name: VARIABLES[provider] }
}

const SECRET_NAME = /(key|token|secret|password|passwd|credential)s?$/i
const LEAST_LENGTH = 8

/**
 * Returns a function that removes secrets from text, because trials may print them. Secrets are the values of variables, from this process
 * and from `.env`, whose names look like secrets.
 */
export function environmentScrub(root: string, env: MonitorPort['env']): (text: string) => string {
  const all = [...Object.entries(readEnvFile(root)), ...Object.entries(env)]
  const secrets = all.flatMap(([name, value = '']) =>
    SECRET_NAME.test(name) && value.length >= LEAST_LENGTH ? [value, JSON.stringify(value).slice(1, -1)] : [],
  )
  const longestFirst = [...new Set(secrets)].sort((a, b) => b.length - a.length)
  return (text) => longestFirst.reduce((clean, secret) => clean.replaceAll(secret, '[secret]'), text)
}
