import {
  type ControlDescription,
  isObject,
  PROTOCOL_VERSION,
  type RunDocument,
  readControl,
  readFreeze,
  type StateDocument,
  UNFROZEN,
} from '@hotcb/protocol'

/** A state document as far as it can be used; fields that are missing take what says least. */
export function asStateDocument(value: unknown): StateDocument | undefined {
  if (!isObject(value) || !isObject(value['kernel'])) return undefined
  const { kernel } = value
  const freeze = readFreeze(value['freeze'])
  return {
    protocol: numberOr(value['protocol'], PROTOCOL_VERSION),
    kernel: {
      name: textOr(kernel['name'], 'kernel'),
      version: textOr(kernel['version'], ''),
      pid: numberOr(kernel['pid'], null),
      host: textOr(kernel['host'], null),
      attempt: numberOr(kernel['attempt'], 0),
      start: textOr(kernel['start'], null),
    },
    step: numberOr(value['step'], null),
    freeze: freeze.ok ? freeze.value : UNFROZEN,
    paused: value['paused'] === true,
    closed: value['closed'] === true,
    // The kernel is the only writer of these, and readers below look at each field as they use it.
    held: (Array.isArray(value['held']) ? value['held'].filter(isObject) : []) as unknown as StateDocument['held'],
    last: (isObject(value['last']) ? value['last'] : {}) as StateDocument['last'],
    modules: (isObject(value['modules']) ? value['modules'] : {}) as StateDocument['modules'],
    ledger_bytes: numberOr(value['ledger_bytes'], 0),
    ledger_tail: textOr(value['ledger_tail'], null),
    // How far command files were taken matters to a restart alone.
    taken: null,
    degraded: textOr(value['degraded'], null),
    step_seconds: numberOr(value['step_seconds'], null),
    ranks: ranksOf(value['ranks']),
  }
}

function ranksOf(value: unknown): StateDocument['ranks'] {
  if (!isObject(value)) return null
  return { world_size: numberOr(value['world_size'], 1), lost: textOr(value['lost'], null) }
}

/** A run document of any launcher: ours, or either of hotcb 2's. */
export function asRunDocument(value: unknown): RunDocument | undefined {
  if (!isObject(value)) return undefined
  const finals = value['final_metrics']
  const parent = value['parent']
  return {
    run_id: textOr(value['run_id'], ''),
    config: textOr(value['config'] ?? value['config_name'] ?? value['config_id'], ''),
    max_steps: numberOr(value['max_steps'], null),
    max_time: numberOr(value['max_time'], null),
    step_delay: numberOr(value['step_delay'], null),
    seed: numberOr(value['seed'], null),
    key_metric: textOr(value['key_metric'], null),
    started_at: textOr(value['started_at'], null),
    run_dir: textOr(value['run_dir'], ''),
    completed_at: textOr(value['completed_at'], null),
    stopped_early: typeof value['stopped_early'] === 'boolean' ? value['stopped_early'] : null,
    final_metrics: isObject(finals) ? numbersOf(finals) : null,
    weights_sha256: textOr(value['weights_sha256'], null),
    parent: isObject(parent)
      ? { run: textOr(parent['run'], ''), seq: numberOr(parent['seq'], 0), step: numberOr(parent['step'], 0) }
      : null,
  }
}

/** The controls of a controls document; entries that describe nothing are left out. */
export function asControls(value: unknown): readonly ControlDescription[] {
  const list = isObject(value) ? value['controls'] : undefined
  if (!Array.isArray(list)) return []
  const controls: ControlDescription[] = []
  for (const entry of list) {
    if (!isObject(entry) || typeof entry['param_key'] !== 'string') continue
    const type = TYPES.find((known) => known === entry['type'])
    if (type === undefined) continue
    controls.push(
      checked({
        ...entry,
        param_key: entry['param_key'],
        type,
        label: textOr(entry['label'], entry['param_key']),
        group: textOr(entry['group'], 'optimizer'),
        min: numberOr(entry['min'], null),
        max: numberOr(entry['max'], null),
        step: numberOr(entry['step'], null),
        log_base: numberOr(entry['log_base'], null),
        choices: Array.isArray(entry['choices']) ? entry['choices'] : null,
        // What came out of JSON is JSON.
        current: (entry['current'] ?? null) as ControlDescription['current'],
        state: STATES.find((known) => known === entry['state']) ?? 'untouched',
      }),
    )
  }
  return controls
}

// Parameter groups that cannot be read are left out: what is shown and judged must have its form.
function checked(control: ControlDescription): ControlDescription {
  const read = readControl(control)
  if (read.ok) return read.value
  const { groups: _unreadable, ...rest } = control
  return rest
}

const TYPES = ['bool', 'int', 'float', 'log_float', 'choice', 'tuple'] as const
const STATES = ['init', 'untouched', 'unverified', 'verified', 'disabled'] as const

function numberOr<Other>(value: unknown, other: Other): number | Other {
  return typeof value === 'number' && Number.isFinite(value) ? value : other
}

function textOr<Other>(value: unknown, other: Other): string | Other {
  return typeof value === 'string' ? value : other
}

function numbersOf(value: Record<string, unknown>): Record<string, number | null> {
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, numberOr(inner, null)]))
}
