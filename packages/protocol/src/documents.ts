import type { FreezeState } from './freeze.ts'
import type { Json, JsonObject } from './json.ts'
import type { Decision } from './ledger.ts'

/** The document `hotcb.state.json`: where the kernel stands, and its sign of life. */
export interface StateDocument {
  readonly protocol: number
  readonly kernel: {
    readonly name: string
    readonly version: string
    readonly pid: number | null
    readonly host: string | null
    readonly attempt: number
  }
  readonly step: number | null
  readonly freeze: FreezeState
  readonly paused: boolean
  readonly closed: boolean
  readonly held: readonly HeldCommand[]
  /** By `module:id`: the last line that applied or refused something there. */
  readonly last: Readonly<Record<string, LastLine>>
  /** By name: what each module's `status()` gave. */
  readonly modules: Readonly<Record<string, Json>>
  readonly ledger_bytes: number
  /** Seconds a step takes, smoothed; null before there were two. */
  readonly step_seconds: number | null
}

/** A command that waits for its `at`. */
export interface HeldCommand {
  readonly cid: string
  readonly writer: string | null
  readonly offset: number
  readonly at: { readonly step: number; readonly event?: string | null }
}

export interface LastLine {
  readonly seq: number
  readonly op: string
  readonly step: number | null
  readonly decision: Decision
}

/**
 * Whether a state document is a sign of life: not closed, and younger than max(5 s, 3 x step_seconds) or, on its own
 * host, its process runs.
 */
export function isAlive(
  state: StateDocument,
  seen: { readonly ageSeconds: number; readonly sameHost: boolean; readonly pidRuns: boolean },
): boolean {
  if (state.closed) return false
  return seen.ageSeconds < Math.max(5, 3 * (state.step_seconds ?? 0)) || (seen.sameHost && seen.pidRuns)
}

/** The document `hotcb.run.json`: what a launcher started. */
export interface RunDocument {
  readonly run_id: string
  readonly config: string
  readonly max_steps: number | null
  /** Seconds. */
  readonly max_time: number | null
  /** Seconds. */
  readonly step_delay: number | null
  readonly seed: number | null
  readonly key_metric: string | null
  readonly started_at: string | null
  readonly run_dir: string
  readonly completed_at?: string | null
  readonly stopped_early?: boolean | null
  readonly final_metrics?: Readonly<Record<string, number | null>> | null
  readonly weights_sha256?: string | null
  readonly parent?: { readonly run: string; readonly seq: number; readonly step: number } | null
}

/** The document `meta.json` of a checkpoint: the next step to train, and the last ledger line before it. */
export interface CheckpointMeta {
  readonly step: number
  readonly seq: number
}

/** One line of `hotcb.metrics.jsonl`. A value that was not finite is null. */
export interface MetricRecord {
  readonly step: number
  readonly epoch?: number | null
  readonly wall_time?: number | null
  readonly metrics: Readonly<Record<string, number | null>>
}

/** One line of `hotcb.features.jsonl`. */
export interface FeatureRecord {
  readonly step: number
  readonly layer_name: string
  readonly activations: readonly (readonly number[])[]
}

/** One entry of a recipe: an op, and where in the run it belongs. */
export interface RecipeEntry {
  readonly at: { readonly step: number; readonly event: string | null; readonly call?: number | null }
  readonly module: string
  readonly op: string
  readonly id: string
  readonly params?: JsonObject | null
  readonly target?: JsonObject | null
  readonly init?: JsonObject | null
  readonly enabled?: boolean | null
  readonly source_capture?: JsonObject | null
  readonly seq?: number | null
}
