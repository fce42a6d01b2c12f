import type { Json } from './json.ts'

/**
 * The document `hotcb.ai.state.json`: the LLM's memory between calls and runs. It is read only a few times per run, so
 * `AiStateSchema` is its reader; it accepts hotcb 2's older eight keys as well as its ten.
 */
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
  /** Metrics whose raw values it requested. */
  readonly watch_metrics_raw: readonly string[]
}

export interface AiRun {
  readonly run_id: string
  readonly final_key_metric: number | null
  readonly ai_verdict: string | null
  readonly carried_learnings: readonly Json[]
}
