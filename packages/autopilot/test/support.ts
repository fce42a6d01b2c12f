import type { ControlDescription, LedgerLine } from '@hotcb/protocol'
import {
  type AutopilotEvent,
  createRuleEngine,
  DEFAULT_LIMITS,
  type EngineInput,
  type RuleEngine,
  type RuleEngineOptions,
  readRuleFile,
} from '../src/index.ts'

/** Creates an engine for the rules in a text. */
export function engineOf(text: string, options: Partial<RuleEngineOptions> = {}): RuleEngine {
  const read = readRuleFile(text)
  if (!read.ok) throw new Error(read.reason)
  return createRuleEngine(read.value, { mode: 'auto', keyMetric: null, limits: DEFAULT_LIMITS, n: 1, ...options })
}

export function control(key: string, current: number, more: Partial<ControlDescription> = {}): ControlDescription {
  const bounds = { min: 0, max: 10, step: null, log_base: null, choices: null }
  return {
    param_key: key,
    type: 'float',
    label: key,
    group: 'optimizer',
    current,
    state: 'verified',
    ...bounds,
    ...more,
  }
}

/** Simulates a trainer around an engine: commands are applied at the next step, and the controls change. */
export function play(
  engine: RuleEngine,
  steps: Iterable<{ readonly step: number; readonly metrics: Readonly<Record<string, number | null>> }>,
  values: Record<string, number> = { lr: 0.1 },
  seen: Partial<EngineInput> = {},
): AutopilotEvent[] {
  const all: AutopilotEvent[] = []
  let lines: LedgerLine[] = []
  let seq = 0
  for (const { step, metrics } of steps) {
    const controls = (): ControlDescription[] => Object.entries(values).map(([key, value]) => control(key, value))
    const shared = { epoch: null, isFrozen: false, isPaused: false, total: null, ...seen }
    const events = engine.look({ step, metrics, controls, lines, ...shared })
    all.push(...events)
    lines = []
    for (const event of events) {
      if (event.kind !== 'act') continue
      const { params, module, op, cid } = event.command
      for (const [key, value] of Object.entries(params ?? {})) if (typeof value === 'number') values[key] = value
      seq++
      lines.push(
        ledgerLine({
          seq,
          step,
          module,
          op,
          params: params ?? null,
          payload: params ?? null,
          cid,
          source: 'autopilot',
        }),
      )
    }
  }
  return all
}

export function ledgerLine(more: Partial<LedgerLine>): LedgerLine {
  return {
    seq: 1, step: 0, epoch: null, event: null, phase: null, module: 'opt', op: 'set_params', id: 'main', source: 'cli', decision: 'applied',
    params: null, payload: null, error: null, traceback: null, notes: null, wall_time: 0, cid: null, writer: null, offset: null, author: null,
    call: 0, old: null, of: null, reverts: null, attempt: 1, ranks: null, ...more,
  } // biome-ignore format: a line
}

/** Steps with one metric. */
export function* course(
  values: readonly (number | null)[],
  metric = 'train_loss',
  first = 0,
): Generator<{ step: number; metrics: Record<string, number | null> }> {
  for (const [i, value] of values.entries()) yield { step: first + i, metrics: { [metric]: value } }
}
