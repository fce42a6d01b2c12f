import { expect, test } from 'vitest'
import { CONFIG_FIELDS, ConfigError, type ConfigSources, describeConfig, readDashboardConfig } from '../../src/index.ts'

/** The code and the message with which a configuration is refused. */
function refusal(sources: ConfigSources): unknown {
  try {
    return readDashboardConfig(sources)
  } catch (error) {
    return error instanceof ConfigError ? [error.name, error.code, error.message] : error
  }
}

const BASE = '`base_path` must begin and end with a slash, such as /user/ada/proxy/8421/, got'
const ORIGIN = '`allowed_origins` must be origins such as https://hub.example.org, without a path, got'

test.each<[ConfigSources, string, string]>([
  [{ yaml: 'server: { prot: 1 }' }, 'unknown-field', 'unknown field `prot` (server): did you mean `port`?'],
  [{ yaml: 'chart: { port: 1 }' }, 'unknown-field', '`port` belongs under `server`, not `chart`'],
  [{ yaml: 'zzzzzzzz: 4' }, 'unknown-field', 'unknown field `zzzzzzzz` (YAML): see /api/config for all fields'],
  [{ yaml: 'server: 4' }, 'unknown-field', 'unknown field `server` (YAML): see /api/config for all fields'],
  [{ yaml: 'toString: 4' }, 'unknown-field', 'unknown field `toString` (YAML): see /api/config for all fields'],
  [{ options: { tokns: 4 } }, 'unknown-field', 'unknown field `tokns` (option): did you mean `tokens`?'],
  [{ yaml: '- 1' }, 'bad-yaml', 'the configuration must be a mapping of fields, got [1]'],
  [{ yaml: 'server: { port: 70000 }' }, 'bad-value', '`port` (YAML) must be a whole number from 0 to 65535, got 70000'],
  [{ yaml: 'port: 1.5' }, 'bad-value', '`port` (YAML) must be a whole number from 0 to 65535, got 1.5'],
  [{ yaml: 'port: -1' }, 'bad-value', '`port` (YAML) must be a whole number from 0 to 65535, got -1'],
  [{ yaml: 'port: "1"' }, 'bad-value', '`port` (YAML) must be a whole number from 0 to 65535, got "1"'],
  [{ options: { smoothing: 1 } }, 'bad-value', '`smoothing` (option) must be a number from 0 to 0.999, got 1'],
  [
    { env: { HOTCB_PORT: 'http' } },
    'bad-value',
    '`port` (environment) must be a whole number from 0 to 65535, got NaN',
  ],
  [{ options: { host: '' } }, 'bad-value', '`host` (option) must be a non-empty string, got ""'],
  [{ options: { host: null } }, 'bad-value', '`host` (option) must be a non-empty string, got null'],
  [{ options: { token: '' } }, 'bad-value', '`token` (option) must be a non-empty string, got ""'],
  [{ options: { token: 3 } }, 'bad-value', '`token` (option) must be a non-empty string, got 3'],
  [{ options: { mutation_dash: 3 } }, 'bad-value', '`mutation_dash` (option) must be a list, got 3'],
  [{ options: { mutation_dash: [null] } }, 'bad-value', '`mutation_dash` (option) must be a list, got [null]'],
  [{ env: { HOTCB_MUTATION_DASH: '3,x' } }, 'bad-value', '`mutation_dash` (environment) must be a list, got [3,null]'],
  [
    { options: { token: 'a', tokens: 'b' } },
    'bad-value',
    'set `token` or `tokens`, not both: a token file names its users',
  ],
  [
    { options: { user: ' ada' } },
    'bad-value',
    '`user`: a name must not be empty, and must not begin or end with a space',
  ],
  ...['user/', '/user', '/a b/', '/a//b/', '/x/y?/'].map((base_path): [ConfigSources, string, string] => [
    { options: { base_path } },
    'bad-value',
    `${BASE} "${base_path}"`,
  ]),
  ...['hub.example.org', 'https://hub.example.org/', 'ftp://hub.example.org', 'xhttps://a', 'https://a/b'].map(
    (origin): [ConfigSources, string, string] => [
      { options: { allowed_origins: ['https://good.example', origin] } },
      'bad-value',
      `${ORIGIN} "${origin}"`,
    ],
  ),
])('the configuration %j is refused as %s: %s', (sources, code, message) => {
  expect(refusal(sources)).toEqual(['ConfigError', code, message])
})

test('YAML that cannot be parsed is refused with the line, if it is known', () => {
  expect(refusal({ yaml: 'port: 1\nhost: [' })).toEqual([
    'ConfigError',
    'bad-yaml',
    expect.stringMatching(/^the configuration is not YAML: line 2: \S/),
  ])
})

test('the bounds of a field are valid, and every kind of value is read from the environment', () => {
  const env = {
    HOTCB_HOST: '::1',
    HOTCB_PORT: '65535',
    HOTCB_SMOOTHING: '0.999',
    HOTCB_TOKEN: 'secret',
    HOTCB_ALLOWED_HOSTS: ' a.example ,, b.example,',
    HOTCB_MUTATION_DASH: '1, 2.5',
    HOTCB_BASE_PATH: '',
    HOTCB_USER: undefined,
    OTHER: 'x',
  }
  const defaults = readDashboardConfig()
  expect(readDashboardConfig({ env, yaml: 'command_rate: 0.1' })).toEqual({
    ...defaults,
    host: '::1',
    port: 65_535,
    smoothing: 0.999,
    token: 'secret',
    allowed_hosts: ['a.example', 'b.example'],
    mutation_dash: [1, 2.5],
    command_rate: 0.1,
  })
  const options = { user: 'ada', tokens: null, base_path: '/user/ada.b~c@d%+e-f/', allowed_origins: ['http://a:81'] }
  expect(readDashboardConfig({ options: { ...options, port: 0 }, yaml: '' })).toEqual({
    ...defaults,
    ...options,
    port: 0,
  })
})

test('without any source, every field has its default', () => {
  const initial = Object.fromEntries(Object.entries(CONFIG_FIELDS).map(([name, field]) => [name, field.initial]))
  expect(readDashboardConfig()).toEqual(initial)
  expect(readDashboardConfig({ yaml: 'server: {}\nui:\n  sparkline_points: 3\n' })).toEqual({
    ...initial,
    sparkline_points: 3,
  })
})

test('the described configuration has its fields under their sections', () => {
  const config = readDashboardConfig({ options: { token: 'secret', smoothing: 0.5 } })
  const sections = describeConfig(config)
  expect(Object.keys(sections).sort()).toEqual(['chart', 'server', 'ui'])
  expect(sections['chart']).toEqual({
    max_render_points: 2000,
    live_points: 64,
    mutation_dash: [3, 4],
    smoothing: 0.5,
  })
  expect(sections['ui']).toEqual({
    ws_retry_base: 0.5,
    ws_retry_cap: 15,
    sparkline_points: 40,
    staged_change_threshold: 0.005,
  })
  expect(sections['server']).toMatchObject({ host: '127.0.0.1', user: null })
  // A field that is not in the table is not described.
  expect(describeConfig(Object.assign({}, config, { more: 1 }))).toEqual(sections)
})
