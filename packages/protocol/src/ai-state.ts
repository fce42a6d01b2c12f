import type { Json } from './json.ts'

/**
 * The document `hotcb.ai.state.json`: the LLM's memory between calls and runs. It is read only a few times per run, so
 * it is read with `AiStateSchema`, which accepts both the eight keys of hotcb 2's older format and the ten of the newer
 * one.
 */
export interface AiState {
  readonly key_metric: string
  readonly key_metric_mode: 'auto' | 'min' | 'max'
  readonly watch_metrics: readonly string[]
  /** The number of the run, from 1. */
  readonly run_number: number
  readonly max_runs: number
  readonly run_history: readonly AiRun[]
  readonly carried_context: string
  readonly next_check_step: number | null
  /** The number of steps between calls, as chosen by hotcb 2's LLM; null for the configured number. */
  readonly cadence_override: number | null
  /** The metrics whose raw values the LLM requested. */
  readonly watch_metrics_raw: readonly string[]
}

export interface AiRun {
  readonly run_id: string
  readonly final_key_metric: number | null
  readonly ai_verdict: string | null
  readonly carried_learnings: readonly Json[]
}
