/** The kind of value of a tunable. */
export type ConfigFieldKind = 'text' | 'text?' | 'number' | 'whole' | 'list'

/** One tunable: its section, default, bounds and description. */
export interface ConfigField {
  readonly section: 'server' | 'chart' | 'ui'
  readonly kind: ConfigFieldKind
  readonly initial: string | number | null | readonly (string | number)[]
  readonly min?: number
  readonly max?: number
  readonly doc: string
}

/** Every tunable of the dashboard, by name. Its environment variable is `HOTCB_` followed by the name in capitals. */
export const CONFIG_FIELDS: Readonly<Record<string, ConfigField>> = {
  host: text('server', '127.0.0.1', 'address to listen on; any other than loopback requires a token'),
  port: whole(
    'server',
    8421,
    0,
    65_535,
    'port; 0 chooses a free one; if the port is in use, the next free one is used',
  ),
  token: { section: 'server', kind: 'text?', initial: null, doc: 'secret that every request must contain' },
  tokens: { section: 'server', kind: 'text?', initial: null, doc: 'file of tokens, each with a name and a role' },
  user: { section: 'server', kind: 'text?', initial: null, doc: 'author of commands that do not name one' },
  allowed_hosts: {
    section: 'server',
    kind: 'list',
    initial: [],
    doc: 'additional names by which a browser may reach this server, such as the name of a reverse proxy',
  },
  allowed_origins: {
    section: 'server',
    kind: 'list',
    initial: [],
    doc: 'origins of proxies that expose this server, such as https://hub.example.org',
  },
  base_path: text('server', '/', 'path under which a proxy exposes this server, such as /user/ada/proxy/8421/'),
  poll_interval: number('server', 0.02, 0.005, 10, 'seconds between two checks of files that grow'),
  idle_poll_interval: number(
    'server',
    0.2,
    0.01,
    60,
    'seconds between two checks of files that have not grown for a while',
  ),
  scan_interval: number('server', 2, 0.1, 3600, 'seconds between two searches for new runs under the roots'),
  scan_depth: whole('server', 4, 0, 12, 'how many levels below a root are searched for runs'),
  history_limit_applied: whole(
    'server',
    200,
    1,
    10_000,
    'ledger lines in one answer, unless the request sets a different number',
  ),
  open_runs: whole(
    'server',
    24,
    1,
    10_000,
    'maximum number of open runs; beyond it, the least recently used run is closed after half a minute without requests',
  ),
  max_body_bytes: whole('server', 262_144, 1024, 16_777_216, 'maximum size of a request body, in bytes'),
  command_rate: number(
    'server',
    50,
    0.1,
    10_000,
    "commands per second for each client; a burst may use four seconds' worth",
  ),
  ws_clients: whole('server', 2000, 1, 100_000, 'maximum number of WebSocket clients'),
  ws_initial_burst: whole('server', 200, 0, 10_000, 'log lines sent to a subscriber without a cursor'),
  ws_buffer_bytes: whole(
    'server',
    1_048_576,
    4096,
    67_108_864,
    'unread bytes above which a client catches up from the files',
  ),
  ws_catch_up_bytes: whole(
    'server',
    2_097_152,
    4096,
    67_108_864,
    'maximum bytes that a client may be behind; then it must start over',
  ),
  ws_retry_base: number('ui', 0.5, 0.05, 60, 'seconds before the page reconnects, doubled after each attempt'),
  ws_retry_cap: number('ui', 15, 1, 600, 'maximum number of seconds between two attempts'),
  max_render_points: whole('chart', 2000, 100, 20_000, 'maximum number of pixels to which a window is reduced'),
  live_points: whole(
    'chart',
    64,
    4,
    10_000,
    'maximum number of points of one metric in a live message; more are sent as buckets',
  ),
  mutation_dash: {
    section: 'chart',
    kind: 'list',
    initial: [3, 4],
    doc: 'dash pattern of the lines that mark changes',
  },
  smoothing: number('chart', 0, 0, 0.999, 'initial smoothing of a chart'),
  sparkline_points: whole('ui', 40, 2, 500, 'points per sparkline'),
  staged_change_threshold: number('ui', 0.005, 0, 1, 'minimum relative change of a slider that is staged'),
}

function text(section: ConfigField['section'], initial: string, doc: string): ConfigField {
  return { section, kind: 'text', initial, doc }
}

function number(section: ConfigField['section'], initial: number, min: number, max: number, doc: string): ConfigField {
  return { section, kind: 'number', initial, min, max, doc }
}

function whole(section: ConfigField['section'], initial: number, min: number, max: number, doc: string): ConfigField {
  return { section, kind: 'whole', initial, min, max, doc }
}
