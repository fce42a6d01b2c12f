import { isObject, type JsonObject } from '@hotcb/protocol'

/** A model's memory between queries and between runs: `hotcb.ai.state.json`, with hotcb 2's keys. */
export interface AiMemory {
  readonly keyMetric: string | null
  readonly watch: readonly string[]
  readonly rawAsked: readonly string[]
  readonly runNumber: number
  readonly history: readonly RunMemory[]
  /** The lessons from earlier runs, in the model's words. */
  readonly carried: string
  readonly nextCheckStep: number | null
}

export interface RunMemory {
  readonly run: string
  readonly finalKeyMetric: number | null
  readonly verdict: string | null
  readonly learnings: readonly string[]
}

export const NO_MEMORY: AiMemory = {
  keyMetric: null,
  watch: [],
  rawAsked: [],
  runNumber: 1,
  history: [],
  carried: '',
  nextCheckStep: null,
}

/** Reads the document. Invalid fields count as absent, because a run does not depend on the memory. */
export function readMemory(given: unknown): AiMemory {
  if (!isObject(given)) return NO_MEMORY
  const { key_metric: key, run_number: number, carried_context: carried, next_check_step: next } = given
  return {
    keyMetric: typeof key === 'string' ? key : null,
    watch: texts(given['watch_metrics']),
    rawAsked: texts(given['watch_metrics_raw']),
    runNumber: Number.isSafeInteger(number) && Number(number) >= 1 ? Number(number) : 1,
    history: Array.isArray(given['run_history']) ? given['run_history'].flatMap(readRun).slice(-20) : [],
    carried: typeof carried === 'string' ? carried.slice(0, 2000) : '',
    nextCheckStep: Number.isSafeInteger(next) ? Number(next) : null,
  }
}

function readRun(given: unknown): readonly RunMemory[] {
  if (!isObject(given) || typeof given['run_id'] !== 'string') return []
  const { run_id: run, final_key_metric: final, ai_verdict: verdict, carried_learnings: learnings } = given
  return [
    {
      run: String(run).slice(0, 100),
      finalKeyMetric: typeof final === 'number' ? final : null,
      verdict: typeof verdict === 'string' ? verdict.slice(0, 200) : null,
      learnings: texts(learnings).slice(0, 5),
    },
  ]
}

function texts(given: unknown): readonly string[] {
  return Array.isArray(given) ? given.filter((one): one is string => typeof one === 'string').slice(0, 50) : []
}

/** Converts a memory to its document. */
export function memoryJson(
  memory: AiMemory,
  { maxRuns, keyMode }: { readonly maxRuns: number; readonly keyMode: string },
): JsonObject {
  return {
    key_metric: memory.keyMetric,
    key_metric_mode: keyMode,
    watch_metrics: [...memory.watch],
    run_number: memory.runNumber,
    max_runs: maxRuns,
    run_history: memory.history.map(({ run, finalKeyMetric, verdict, learnings }) => ({
      run_id: run,
      final_key_metric: finalKeyMetric,
      ai_verdict: verdict,
      carried_learnings: [...learnings],
    })),
    carried_context: memory.carried,
    next_check_step: memory.nextCheckStep,
    cadence_override: null,
    watch_metrics_raw: [...memory.rawAsked],
  }
}
