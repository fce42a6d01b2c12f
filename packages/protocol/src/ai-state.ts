import { FieldReader } from './fields.ts'
import type { Json } from './json.ts'
import type { Result } from './result.ts'

/** The document `hotcb.ai.state.json`: what the LLM remembers between calls and runs. */
export interface AiState {
  readonly key_metric: string
  readonly key_metric_mode: 'auto' | 'min' | 'max'
  readonly watch_metrics: readonly string[]
  /** From 1. */
  readonly run_number: number
  readonly max_runs: number
  readonly run_history: readonly AiRun[]
  readonly carried_context: string
  readonly next_check_step: number | null
  /** Steps. */
  readonly cadence_override: number | null
  /** Metrics whose raw values it asked for. */
  readonly watch_metrics_raw: readonly string[]
}

export interface AiRun {
  readonly run_id: string
  readonly final_key_metric: number | null
  readonly ai_verdict: string | null
  readonly carried_learnings: readonly Json[]
}

/** Reads the memory, hotcb 2's older eight keys as well as its ten. */
export function readAiState(value: unknown): Result<AiState> {
  const fields = new FieldReader(value, 'the AI state')
  return fields.result({
    key_metric: fields.text('key_metric', 'val_loss'),
    key_metric_mode: fields.oneOf('key_metric_mode', ['auto', 'min', 'max'], 'auto'),
    watch_metrics: fields.texts('watch_metrics', []),
    run_number: fields.count('run_number', 1),
    max_runs: fields.count('max_runs', 3),
    run_history: fields.list('run_history', (run) => ({
      run_id: run.name('run_id'),
      final_key_metric: run.lenientNumber('final_key_metric', null),
      ai_verdict: run.text('ai_verdict', null),
      carried_learnings: run.jsons('carried_learnings', []),
    })),
    carried_context: fields.text('carried_context', ''),
    next_check_step: fields.whole('next_check_step', null),
    cadence_override: fields.whole('cadence_override', null),
    watch_metrics_raw: fields.texts('watch_metrics_raw', []),
  })
}
