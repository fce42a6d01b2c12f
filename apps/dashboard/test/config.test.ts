import { expect, test } from 'vitest'
import { CONFIG_FIELDS, describeConfig, readDashboardConfig } from '../src/index.ts'

test('the strongest source wins: option, then environment, then YAML, then default', () => {
  const yaml = 'server: { port: 1, scan_depth: 1, poll_interval: 1 }\nsmoothing: 0.5\n'
  const env = { HOTCB_PORT: '2', HOTCB_SCAN_DEPTH: '2', HOTCB_ALLOWED_HOSTS: 'a.example, b.example' }
  expect(readDashboardConfig({ yaml, env, options: { port: 3, host: undefined } })).toMatchObject({
    port: 3,
    scan_depth: 2,
    poll_interval: 1,
    smoothing: 0.5,
    host: '127.0.0.1',
    allowed_hosts: ['a.example', 'b.example'],
  })
})

test.each([
  [{ yaml: 'server: { prot: 1 }' }, /unknown field `prot` \(server\): did you mean `port`/],
  [{ yaml: 'chart: { port: 1 }' }, /`port` belongs under `server`, not `chart`/],
  [{ yaml: 'tabs: 4' }, /unknown field `tabs`/],
  [{ yaml: '- 1' }, /must be a mapping/],
  [{ yaml: '{' }, /is not YAML/],
  [{ env: { HOTCB_PORT: 'http' } }, /`port` \(environment\) must be a whole number from 0 to 65535, got NaN/],
  [{ options: { smoothing: 1 } }, /`smoothing` \(option\) must be a number from 0 to 0.999, got 1/],
  [{ options: { nothing: 1 } }, /unknown field `nothing`/],
])('%j is an error, not ignored', (sources, message) => {
  expect(() => readDashboardConfig(sources)).toThrow(message)
})

test('the served config has every tunable except for the token and the paths of tokens', () => {
  const sections = describeConfig(readDashboardConfig({ options: { token: 'secret' } }))
  const names = Object.values(sections).flatMap((section) => Object.keys(section))
  expect(names.sort()).toEqual(
    Object.keys(CONFIG_FIELDS)
      .filter((name) => name !== 'token' && name !== 'tokens')
      .sort(),
  )
})
