import { nanoUsd } from '@hotcb/llm'
import { expect, test } from 'vitest'
import { readMonitorConfig } from '../src/config.ts'
import { monitorPaths } from '../src/node/monitor-files.ts'
import { loadMonitorConfig, openModel } from '../src/node/setup.ts'
import { sweep } from './sweeps.ts'

function open(monitor: string, env: Readonly<Record<string, string>> = {}) {
  const { workspace, root } = sweep('true', { trials: 1 })
  const read = readMonitorConfig(`monitor: {${monitor}}`)
  if (!read.ok) throw new Error('no config')
  const paths = monitorPaths(root, workspace.paths.state)
  return { ...openModel(workspace, paths, read.config, env), config: read.config }
}

test('a config with problems is refused with one line for each', () => {
  expect(() => loadMonitorConfig('monitor: {poll: -1, timeout: x}')).toThrow(
    /^hyperherd\.yaml:1:\d+: monitor\.\w+: .+\nhyperherd\.yaml:1:\d+: monitor\.\w+: .+$/,
  )
  expect(loadMonitorConfig('monitor: {poll: 2}').pollSeconds).toBe(2)
})

test('a model has its price, its limits and a record of what it spent', () => {
  const { setup, problem, scrub, config } = open(
    'model: "anthropic:claude-x", prices: {claude-x: {input: 1, output: 2}}, budget: {usd: 3}',
    { ANTHROPIC_API_KEY: 'key-of-anthropic' },
  )
  expect(problem).toBeNull()
  expect(setup).toMatchObject({ model: { name: 'claude-x' }, caps: config.caps })
  expect([setup?.caps.nano, setup?.spending.totals().calls]).toEqual([nanoUsd(3), 0])
  expect(setup?.price).not.toBeNull()
  expect(scrub('the key-of-anthropic')).not.toContain('key-of-anthropic')
})

test.each([
  ['the provider has its own variable', 'model: "openai:m"', { OPENAI_API_KEY: 'abcdefgh' }, true],
  ['the variable of another provider is not used', 'model: "anthropic:m"', { OPENAI_API_KEY: 'abcdefgh' }, false],
  ['the variable of hotcb comes first', 'model: "openai:m"', { HOTCB_AI_KEY: 'abcdefgh', OPENAI_API_KEY: '' }, true],
  [
    'an empty variable of hotcb does not count',
    'model: "openai:m"',
    { HOTCB_AI_KEY: '', OPENAI_API_KEY: 'abcdefgh' },
    true,
  ],
  [
    'a key is not sent to another address',
    'model: "openai:m", base_url: "https://api.openai.com.evil/v1"',
    { OPENAI_API_KEY: 'abcdefgh' },
    false,
  ],
])('%s', (_, monitor, env, isOpen) => {
  const { setup, problem } = open(`${monitor}, prices: {m: {input: 1, output: 1}}`, env)
  expect([setup !== null, problem === null]).toEqual([isOpen, isOpen])
})
