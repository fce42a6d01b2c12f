import { expect, test } from 'vitest'
import { DEFAULT_AI, readAutopilotConfig } from '../../src/index.ts'

/** The settings in `ai: {...}`, or all problems as `line:column: message`. */
function ai(fields: string): unknown {
  const read = readAutopilotConfig(`ai: {${fields}}`)
  return read.ok ? read.value.ai : read.problems.map(({ line, column, message }) => `${line}:${column}: ${message}`)
}

test('omitted fields have their defaults', () => {
  expect(ai('')).toEqual({
    ...{ provider: 'openai', baseUrl: 'https://api.openai.com/v1', model: 'gpt-4o-mini', key: null, cadence: 50 },
    ...{ maxTokens: 1024, contextTokens: 6000, timeoutSeconds: 60, maxRuns: 3, prices: {}, share: 'full' },
    caps: { nano: 5_000_000_000, nanoPerDay: null, tokens: null, calls: null, actions: 40, minutes: null },
  })
  const anthropic = { provider: 'anthropic', baseUrl: 'https://api.anthropic.com/v1', model: 'claude-haiku-4-5' }
  expect(ai('provider: anthropic')).toEqual({ ...DEFAULT_AI, ...anthropic })
  expect([ai('budget: {}'), ai('provider: openai, budget: {usd: 2}')]).toEqual([
    DEFAULT_AI,
    { ...DEFAULT_AI, caps: { ...DEFAULT_AI.caps, nano: 2_000_000_000 } },
  ])
})

test('every field is read, down to its minimum', () => {
  const fields =
    'base_url: u, model: m, cadence: 1, max_tokens: 64, context_tokens: 1500, timeout: 1, max_runs: 1, share: ids_only, ' +
    'prices: {m: {input: 1, output: 2}}, ' +
    'budget: {usd: 0, usd_per_day: 1000000, tokens: 0, calls: 0, actions: 0, minutes: 0}'
  expect(ai(fields)).toEqual({
    ...{ provider: 'openai', baseUrl: 'u', model: 'm', key: null, cadence: 1, maxTokens: 64, contextTokens: 1500 },
    ...{ timeoutSeconds: 1, maxRuns: 1, prices: { m: { input: 1, output: 2 } }, share: 'ids_only' },
    caps: { nano: 0, nanoPerDay: 1_000_000_000_000_000, tokens: 0, calls: 0, actions: 0, minutes: 0 },
  })
  expect([ai('key: "env:A"'), ai('key: "file:/a b"')]).toMatchObject([
    { key: { from: 'env', name: 'A' } },
    { key: { from: 'file', path: '/a b' } },
  ])
})

const KEY = '`key` must state where the key is stored: `env:NAME` or `file:PATH`'

test.each([
  ['provider: x', '16: unknown `provider` "x": choose from openai, anthropic'],
  ['base_url: 3', '16: `base_url` must be text, got 3'],
  ['model: [a]', '13: `model` must be text, got ["a"]'],
  ['key: abc', `11: ${KEY}`],
  ['key: "env:"', `12: ${KEY}`],
  ['key: "my env:A"', `12: ${KEY}`],
  ['cadence: 0', '15: `cadence` must be a whole number of at least 1, got 0'],
  ['max_tokens: 63', '18: `max_tokens` must be a whole number of at least 64, got 63'],
  ['context_tokens: 1499', '22: `context_tokens` must be a whole number of at least 1500, got 1499'],
  ['timeout: 0', '15: `timeout` must be a whole number of at least 1, got 0'],
  ['max_runs: 0', '16: `max_runs` must be a whole number of at least 1, got 0'],
  ['prices: 3', '14: `ai.prices` must be a mapping of models, got 3'],
  ['share: all', '13: unknown `share` "all": choose from full, ids_only'],
  ['budget: 3', '14: expected a mapping, got 3'],
  ['budget: {usd: -1}', '20: `usd` must be dollars from 0 to 1000000, got -1'],
  ['budget: {usd: 1000001}', '20: `usd` must be dollars from 0 to 1000000, got 1000001'],
  ['budget: {usd: x}', '20: `usd` must be a number, got "x"'],
  ['budget: {usd_per_day: -1}', '28: `usd_per_day` must be dollars from 0 to 1000000, got -1'],
  ['budget: {tokens: -1}', '23: `tokens` must be a whole number of at least 0, got -1'],
  ['budget: {calls: -1}', '22: `calls` must be a whole number of at least 0, got -1'],
  ['budget: {actions: -1}', '24: `actions` must be a whole number of at least 0, got -1'],
  ['budget: {minutes: -1}', '24: `minutes` must be a whole number of at least 0, got -1'],
  ['budget: {x: 1}', '15: unknown field `x`: choose from usd, usd_per_day, tokens, calls, actions, minutes'],
  [
    'x: 1',
    '6: unknown field `x`: choose from provider, base_url, model, key, cadence, max_tokens, context_tokens, timeout, max_runs, budget, prices, share',
  ],
])('ai: {%s} is refused, with line and column', (fields, problem) => {
  expect(ai(fields)).toEqual([`1:${problem}`])
})
