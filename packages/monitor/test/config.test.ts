import { NO_CAPS, nanoUsd } from '@hotcb/llm'
import { expect, test } from 'vitest'
import { type MonitorConfig, readMonitorConfig } from '../src/config.ts'

function configOf(text: string): MonitorConfig {
  const read = readMonitorConfig(text)
  if (!read.ok) throw new Error(read.problems.map(({ field, message }) => `${field}: ${message}`).join('\n'))
  return read.config
}

/** Reads fields that must be refused. Returns the messages. */
function problemsOf(text: string): readonly string[] {
  const read = readMonitorConfig(text)
  return read.ok ? [] : read.problems.map(({ field, message }) => `${field}: ${message}`)
}

test('by default, a monitor uses a small model with a budget of five dollars, and costly acts need approval', () => {
  for (const text of ['', 'name: x\n', 'monitor: {}\n'])
    expect(configOf(text)).toEqual({
      ...{ provider: 'openai', model: 'gpt-4o-mini', baseUrl: 'https://api.openai.com/v1', key: null, prices: {} },
      caps: { ...NO_CAPS, nano: nanoUsd(5), nanoPerDay: null, tokens: null, calls: null },
      ...{ timeoutSeconds: 60, maxTokens: 2048, callsPerTick: 8, pollSeconds: 60, live: {} },
      permissions: { read: 'auto', note: 'auto', control: 'ask', cheap: 'auto', costly: 'ask' },
      triage: { onFailure: 'remediate', maxMem: null, maxTime: null, maxRetries: 2, stallMinutes: 30 },
      chat: { operators: { discord: [], slack: [] }, discord: null, slack: null },
    })
})

test("every field of the monitor's config is read", () => {
  const config = configOf(`
monitor:
  model: anthropic:claude-x:1
  key: file:/run/key
  prices: {claude-x: {input: 1, output: 2.5}}
  budget: {usd: 0.5, usd_per_day: 2, tokens: 1000, calls: 10}
  timeout: 5
  max_tokens: 64
  calls_per_tick: 1
  allow: {control: auto, cheap: never, costly: auto}
  live: {lr: [0.001, 0.1], momentum: [0, 0]}
  on_failure: notify
  max_mem: 64G
  max_time: "24:00:00"
  max_retries: 0
  stall_minutes: 0
  poll: 0.5
  operators: {discord: ["1"], slack: [U1, U2]}
`)
  expect(config).toEqual({
    ...{ provider: 'anthropic', model: 'claude-x:1', baseUrl: 'https://api.anthropic.com/v1' },
    ...{ key: { from: 'file', path: '/run/key' }, prices: { 'claude-x': { input: 1, output: 2.5 } } },
    caps: { ...NO_CAPS, nano: nanoUsd(0.5), nanoPerDay: nanoUsd(2), tokens: 1000, calls: 10 },
    ...{ timeoutSeconds: 5, maxTokens: 64, callsPerTick: 1, pollSeconds: 0.5 },
    permissions: { read: 'auto', note: 'auto', control: 'auto', cheap: 'never', costly: 'auto' },
    live: { lr: [0.001, 0.1], momentum: [0, 0] },
    triage: { onFailure: 'notify', maxMem: '64G', maxTime: '24:00:00', maxRetries: 0, stallMinutes: 0 },
    chat: { operators: { discord: ['1'], slack: ['U1', 'U2'] }, discord: null, slack: null },
  })
  expect(configOf('monitor: {key: "env:A_KEY", base_url: "http://localhost:1/v1"}')).toMatchObject({
    ...{ key: { from: 'env', name: 'A_KEY' }, baseUrl: 'http://localhost:1/v1' },
  })
})

test('a chat reads its tokens from the environment, unless the config names another source', () => {
  const plain = configOf('discord: {guild_id: "9"}\nmonitor: {slack: {channel: C024BE91L}}\n').chat
  expect(plain.discord).toEqual({
    ...{ token: { from: 'env', name: 'DISCORD_BOT_TOKEN' }, guild: '9', channel: null, channelName: null },
    ...{ refreshSeconds: 60, api: 'https://discord.com/api' },
  })
  expect(plain.slack).toEqual({
    ...{ token: { from: 'env', name: 'SLACK_BOT_TOKEN' }, appToken: { from: 'env', name: 'SLACK_APP_TOKEN' } },
    ...{ channel: 'C024BE91L', refreshSeconds: 60, api: 'https://slack.com/api/' },
  })
  const full = configOf(`
discord: {guild_id: "9", channel_id: "8", channel_name: runs, dashboard_refresh_seconds: 0, token: "file:t", api: "https://d.example/api"}
monitor: {slack: {channel: G1, token: "env:T", app_token: "env:A", refresh_seconds: 3, api: "http://127.0.0.1:8/api/"}}
`).chat
  expect(full.discord).toEqual({
    ...{ token: { from: 'file', path: 't' }, guild: '9', channel: '8', channelName: 'runs', refreshSeconds: 0 },
    api: 'https://d.example/api',
  })
  expect(full.slack).toMatchObject({ channel: 'G1', refreshSeconds: 3, api: 'http://127.0.0.1:8/api/' })
  expect(configOf('discord: {channel_id: "8"}\n').chat.discord).toBeNull()
})

const UNSAFE = 'must begin with https://; http:// is allowed only for this machine'

test.each([
  ['model: ":x"', 'monitor.model: ":x" is not a model; use openai:NAME or anthropic:NAME'],
  ['model: "openai:"', 'monitor.model: "openai:" is not a model; use openai:NAME or anthropic:NAME'],
  ['key: "env:"', 'monitor.key: does not name a source for the secret; use env:NAME or file:PATH'],
  ['timeout: 0', 'monitor.timeout: "0" is not a whole number >= 1'],
  ['max_tokens: 63', 'monitor.max_tokens: "63" is not a whole number >= 64'],
  ['calls_per_tick: 0', 'monitor.calls_per_tick: "0" is not a whole number >= 1'],
  ['calls_per_tick: 1.5', 'monitor.calls_per_tick: "1.5" is not a whole number >= 1'],
  ['poll: 0', 'monitor.poll: "0" is not a number > 0 and <= 3600; use a value such as 60'],
  ['poll: 3601', 'monitor.poll: "3601" is not a number > 0 and <= 3600; use a value such as 60'],
  ['budget: {usd: -1}', 'monitor.budget.usd: "-1" is not a number >= 0 and <= 1000000; use a value such as 5'],
  ['budget: {calls: 0.5}', 'monitor.budget.calls: "0.5" is not a whole number >= 0'],
  ['budget: {euro: 1}', 'monitor.budget.euro: unknown field; choose from usd, usd_per_day, tokens, calls'],
  ['prices: {m: {input: 1}}', 'monitor.prices.m: needs input and output, in dollars per million tokens'],
  ['prices: {m: {input: -1, output: 1}}', 'monitor.prices.m.input: "-1" is not a number >= 0 and <= 100000'],
  ['allow: {note: never}', 'monitor.allow.note: unknown field; choose from control, cheap, costly'],
  ['live: {lr: [2, 1]}', 'monitor.live.lr: is not a range; use [low, high]'],
  ['live: {lr: [1]}', 'monitor.live.lr: is not a range; use [low, high]'],
  ['live: {lr: [1, 2, 3]}', 'monitor.live.lr: is not a range; use [low, high]'],
  ['on_failure: retry', 'monitor.on_failure: "retry" is not one of remediate, notify'],
  ['max_mem: much', 'monitor.max_mem: "much" is not a limit such as 64G or 24:00:00'],
  ['max_time: UNLIMITED', 'monitor.max_time: "UNLIMITED" is not a limit such as 64G or 24:00:00'],
  ['max_retries: 21', 'monitor.max_retries: "21" is not a whole number >= 0 and <= 20'],
  ['stall_minutes: -1', 'monitor.stall_minutes: "-1" is not a number >= 0'],
  ['operators: {irc: [a]}', 'monitor.operators.irc: unknown field; choose from discord, slack'],
  ['slack: {}', 'monitor.slack.channel: must be a channel id, such as C024BE91L'],
  ['slack: {channel: C1, api: "http://example.com/"}', `monitor.slack.api: ${UNSAFE}`],
  ['slack: {channel: C1, api: "ftp://localhost/"}', `monitor.slack.api: ${UNSAFE}`],
  ['slack: {channel: C1, api: "http://localhost.example.com/"}', `monitor.slack.api: ${UNSAFE}`],
  ['slack: {channel: C1, api: "no address"}', `monitor.slack.api: ${UNSAFE}`],
  [
    'colour: red',
    'monitor.colour: unknown field; choose from model, base_url, key, prices, budget, timeout, max_tokens, calls_per_tick, allow, live, on_failure, max_mem, max_time, max_retries, stall_minutes, poll, operators, slack',
  ],
])('the field `%s` is refused with its place', (field, message) => {
  expect(problemsOf(`monitor: {${field}}\n`)).toEqual([message])
})

test('a value at its limit is accepted', () => {
  for (const field of [
    ...['timeout: 1', 'max_tokens: 64', 'calls_per_tick: 1', 'poll: 3600', 'budget: {usd: 0, usd_per_day: 1000000}'],
    ...['budget: {tokens: 0, calls: 0}', 'prices: {m: {input: 0, output: 100000}}', 'live: {lr: [1, 1]}'],
    ...['max_retries: 20', 'slack: {channel: D1, api: "http://[::1]:8/"}'],
    'slack: {channel: C1, api: "http://127.0.0.1/"}',
  ])
    expect([field, problemsOf(`monitor: {${field}}\n`)]).toEqual([field, []])
})
