import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatLedgerLine, UNFROZEN } from '@hotcb/protocol'
import { control, ledgerLine, stateDocument, writeRun } from './answerer.ts'

/** Text with every kind of terminal control character. `A` and `B` mark the colour so that tests can find it. */
export const HOSTILE =
  'A\u001B[31mB\u001B]0;title\u0007C\u009B2JD\b\bE\u007FF\u202EG\u2066H\u2028I\u2029J\u0085K\rL\nM\tN\0O\uD800P\u001BcQ验证e\u0301🔥'

/** The same text, limited to characters that a file name may contain. */
export const HOSTILE_NAME: string = HOSTILE.replace('\0', '').replace('\uD800', '')

/** Creates a run directory in which every text field of every file is {@link HOSTILE}. */
export function writeHostileRun(parent: string): string {
  const dir = join(parent, HOSTILE_NAME)
  mkdirSync(dir)
  writeRun(dir, {
    commands: `${commandLines().join('\n')}\n`,
    ledger: ledgerText(),
    state: hostileState(),
    actuators: { controls: hostileControls() },
    freeze: { ...UNFROZEN, mode: 'replay_adjusted', recipe_path: HOSTILE_NAME, adjust_path: HOSTILE_NAME },
    metrics: metricLines().join(''),
    run: {
      run_id: HOSTILE,
      config: HOSTILE,
      max_steps: 1000,
      key_metric: HOSTILE,
      started_at: HOSTILE,
      run_dir: HOSTILE,
      final_metrics: { [HOSTILE]: 1 },
      weights_sha256: HOSTILE,
      parent: { run: HOSTILE, seq: 1, step: 1 },
    },
    recipe: recipeLines().join(''),
    adjustYaml: HOSTILE,
    yaml: HOSTILE,
    log: `2026-01-01T00:00:00.000Z [cb ${HOSTILE.replaceAll('\n', ' ')}] ${HOSTILE.replaceAll('\n', ' ')}\n2026-01-01T00:00:00.000Z [cb probe] ${HOSTILE.replaceAll('\n', ' ')}\n`,
  })
  mkdirSync(join(dir, 'hotcb.checkpoints', HOSTILE_NAME), { recursive: true })
  writeFileSync(
    join(dir, 'hotcb.checkpoints', HOSTILE_NAME, 'meta.json'),
    `{"step": 3, "seq": 1, "by": ${text(HOSTILE)}}`,
  )
  writeFileSync(join(dir, `${HOSTILE_NAME}.jsonl`), recipeLines().join(''))
  writeFileSync(join(dir, 'bad.jsonl'), `${HOSTILE}\n{"at": ${HOSTILE}\n{"module": ${text(HOSTILE)}}\n`)
  writeFileSync(
    join(dir, 'overlay.json'),
    `{"version": 1, "patches": [{"match": {"module": ${text(HOSTILE)}}, "drop": true}]}`,
  )
  writeFileSync(
    join(dir, 'bad-overlay.yaml'),
    `version: 1\npatches:\n  - match: { ${text(HOSTILE)}: ${text(HOSTILE)} }\n    ${HOSTILE}: 1\n`,
  )
  return dir
}

function text(value: string): string {
  return JSON.stringify(value)
}

function commandLines(): readonly string[] {
  const held = { cid: HOSTILE, ts: 1, source: HOSTILE, author: HOSTILE, module: HOSTILE, op: HOSTILE, id: HOSTILE }
  return [
    JSON.stringify({ ...held, params: { [HOSTILE]: HOSTILE }, at: { step: 9, event: HOSTILE }, note: HOSTILE }),
    `{"cid": "x", "params": ${HOSTILE.replaceAll('\n', ' ')}`,
    HOSTILE.replaceAll('\n', ' '),
  ]
}

function ledgerText(): string {
  const all = { event: HOSTILE, phase: HOSTILE, source: HOSTILE, error: HOSTILE, notes: HOSTILE, author: HOSTILE }
  const more = { traceback: HOSTILE, cid: HOSTILE, writer: HOSTILE }
  const params = { [HOSTILE]: HOSTILE, list: [HOSTILE], inner: { [HOSTILE]: HOSTILE } }
  const lines = [
    ledgerLine({ ...all, ...more, module: 'core', op: 'attempt', payload: { n: 1, token: HOSTILE } }),
    ledgerLine({ ...all, ...more, params, payload: params, old: { [HOSTILE]: HOSTILE } }),
    ledgerLine({ ...all, ...more, params, decision: 'failed' }),
    ledgerLine({ ...all, ...more, module: HOSTILE, op: HOSTILE, id: HOSTILE, params, payload: params }),
    ledgerLine({ ...all, ...more, module: 'cb', op: 'load', id: HOSTILE, payload: { target: { path: HOSTILE } } }),
    ledgerLine({
      ...all,
      ...more,
      module: 'ctl',
      op: 'call',
      id: HOSTILE,
      params: { args: [HOSTILE], kwargs: params },
    }),
    ledgerLine({ ...all, ...more, module: 'core', op: 'checkpoint', payload: { action: HOSTILE, tag: HOSTILE } }),
    ledgerLine({ ...all, ...more, module: 'core', op: 'stop', params: { reason: HOSTILE }, decision: 'rejected' }),
  ]
  const valid = lines.map((line, i) => formatLedgerLine({ ...line, seq: i + 1 }))
  return `${valid.join('')}{"seq": ${HOSTILE.replaceAll('\n', ' ')}\n`
}

function hostileState(): object {
  const callback = {
    loaded: true,
    enabled: true,
    target: { kind: 'file', path: HOSTILE, symbol: HOSTILE },
    init: { [HOSTILE]: HOSTILE },
    last_params: { [HOSTILE]: HOSTILE },
    captured_path: HOSTILE,
    reason: HOSTILE,
    calls: 1,
    errors: 1,
    mean_ms: 1,
    max_ms: 1,
  }
  const registered = { description: HOSTILE, calls: 1, failed: 0 }
  return {
    ...stateDocument({ held: [{ cid: HOSTILE, writer: null, offset: 0, at: { step: 9, event: HOSTILE } }] }),
    kernel: { name: HOSTILE, version: HOSTILE, pid: process.pid, host: HOSTILE, attempt: 1 },
    last: { [`${HOSTILE}:${HOSTILE}`]: { seq: 1, op: HOSTILE, step: 1, decision: 'failed' } },
    ranks: { world_size: 2, lost: HOSTILE },
    modules: {
      cb: { [HOSTILE]: callback, [HOSTILE_NAME]: callback, probe: callback },
      ctl: { [HOSTILE]: registered, [HOSTILE_NAME]: registered },
      [HOSTILE]: HOSTILE,
    },
  }
}

function hostileControls(): readonly object[] {
  const rest = { label: HOSTILE, unit: HOSTILE, current: HOSTILE, groups: [{ name: HOSTILE, value: HOSTILE }] }
  return [
    { ...control('lr'), ...rest },
    { ...control(HOSTILE, HOSTILE), ...rest, type: 'choice', choices: [HOSTILE] },
    { ...control(HOSTILE_NAME, HOSTILE), ...rest },
    { ...control('terms.x', 'loss'), ...rest, type: HOSTILE, state: HOSTILE },
  ]
}

function metricLines(): readonly string[] {
  return Array.from({ length: 4 }, (_, step) => {
    const metrics = { [HOSTILE]: step, [`val_${HOSTILE}`]: 1 / (step + 1), loss: step }
    return `${JSON.stringify({ step, epoch: 0, phase: HOSTILE, wall_time: 1_790_000_000 + step, metrics })}\n`
  })
}

function recipeLines(): readonly string[] {
  const entries = [
    { at: { step: 1, event: HOSTILE }, module: 'opt', op: 'set_params', id: HOSTILE, params: { [HOSTILE]: HOSTILE } },
    { at: { step: 2, event: null }, module: HOSTILE, op: HOSTILE, id: HOSTILE, params: { [HOSTILE]: 0.5 } },
    {
      at: { step: 3, event: null },
      module: 'cb',
      op: 'load',
      id: HOSTILE,
      target: { kind: 'file', path: HOSTILE, symbol: HOSTILE },
      init: { [HOSTILE]: HOSTILE },
      enabled: true,
    },
  ]
  return entries.map((entry) => `${JSON.stringify(entry)}\n`)
}
