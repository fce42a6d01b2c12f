import { join } from 'node:path'
import { isRunError } from '@hotcb/run'
import { expect, test } from 'vitest'
import { type AiConfig, DEFAULT_AI } from '../../src/index.ts'
import { aiPrice } from '../../src/node/ai/setup.ts'
import { openAi } from '../../src/node.ts'
import { temporaryDirectory } from './steered-run.ts'

const KEY = 'sk-12345678'
const LOOPBACK = 'http://127.0.0.1:1/v1'
const MINE = { from: 'env', name: 'MINE' } as const

/** Returns the name and the host of the configured model, or the problem, and a text from which the key was removed. */
function opened(
  config: Partial<AiConfig>,
  env: Readonly<Record<string, string>> = {},
  state: string = temporaryDirectory(),
): unknown {
  try {
    const whole = { ...DEFAULT_AI, ...config }
    const { model, problem, scrub } = openAi(temporaryDirectory(), whole, { XDG_STATE_HOME: state, ...env })
    return [model === null ? problem : `${model.name} at ${model.host}`, scrub(`x ${KEY} y`)]
  } catch (error) {
    return isRunError(error) ? [error.code, error.message] : error
  }
}

test('a model on another machine needs a key, which appears in no text', () => {
  expect(opened({}, { HOTCB_AI_KEY: KEY })).toEqual(['gpt-4o-mini at api.openai.com', 'x [secret] y'])
  const none = 'an API key for `api.openai.com` is missing: the environment variable `HOTCB_AI_KEY` is not set'
  expect(opened({})).toEqual([none, `x ${KEY} y`])
  for (const scheme of ['http', 'HTTP'])
    expect(opened({ baseUrl: `${scheme}://models.invalid/v1` }, { HOTCB_AI_KEY: KEY })).toEqual([
      'the key is not sent over http:// to `models.invalid`, which is another machine; `ai.base_url` must begin with https://',
      'x [secret] y',
    ])
})

test('a model on this machine gets a key only if the config names one', () => {
  const local = { baseUrl: LOOPBACK, model: 'm' }
  expect(opened(local, { HOTCB_AI_KEY: KEY })).toEqual(['m at 127.0.0.1:1', `x ${KEY} y`])
  expect(opened({ ...local, key: MINE }, { MINE: KEY })).toEqual(['m at 127.0.0.1:1', 'x [secret] y'])
  expect(opened({ ...local, key: MINE })).toEqual([
    ...['an API key for `127.0.0.1:1` is missing: the environment variable `MINE` is not set', `x ${KEY} y`],
  ])
})

test('a key is bound to the host with which it was first used', () => {
  const state = temporaryDirectory()
  const anthropic = { provider: 'anthropic', baseUrl: 'https://models.invalid/v1', model: 'claude-haiku-4-5' } as const
  expect(opened({}, { HOTCB_AI_KEY: KEY }, state)).toEqual(['gpt-4o-mini at api.openai.com', 'x [secret] y'])
  const file = join(state, 'hotcb', 'ai-keys.jsonl')
  expect(opened(anthropic, { HOTCB_AI_KEY: KEY }, state)).toEqual([
    `the key was first used with \`api.openai.com\` and is not sent to \`models.invalid\`; use a different key, or remove its line from \`${file}\``,
    'x [secret] y',
  ])
  expect(opened(anthropic, { HOTCB_AI_KEY: 'sk-87654321' }, state)).toEqual([
    ...['claude-haiku-4-5 at models.invalid', `x ${KEY} y`],
  ])
})

test('an invalid address is refused', () => {
  for (const baseUrl of ['ftp://x', 'nonsense'])
    expect(opened({ baseUrl })).toEqual([
      ...['bad-argument', `\`base_url\` must be an address such as https://api.openai.com/v1, got "${baseUrl}"`],
    ])
})

test('a price comes from the config or the built-in table; it is 0 on this machine, or if only tokens are limited', () => {
  const price = (more: Partial<AiConfig>): unknown => aiPrice({ ...DEFAULT_AI, ...more })
  const prices = { 'gpt-4o-mini': { input: 1, output: 2 } }
  const free = { input: 0, output: 0 }
  expect([price({}), price({ prices })]).toEqual([
    { input: 0.15, output: 0.6 },
    { input: 1, output: 2 },
  ])
  expect([price({ baseUrl: LOOPBACK }), price({ baseUrl: LOOPBACK, prices })]).toEqual([free, { input: 1, output: 2 }])
  expect(price({ model: 'strange', caps: { ...DEFAULT_AI.caps, tokens: 5 } })).toEqual(free)
  expect(() => price({ model: 'strange' })).toThrow(
    'no price is known for the model `strange`; add it to `ai.prices`, or limit `ai.budget.tokens`',
  )
})
