import { constants } from 'node:os'
import { basename } from 'node:path'
import { readDocument, replaceDocument } from '@hotcb/journal'
import { formatDocument, isObject, metricValue, parseJson, type RunDocument, type RunOrigin } from '@hotcb/protocol'
import type { Run } from '@hotcb/run/node'
import type { LaunchPlan } from '../plan.ts'
import type { ProcessEnd } from '../process-log.ts'

/** The initial values of a run. */
export interface RunStart {
  readonly seed: number
  readonly origin: RunOrigin
}

/** Creates the run document at the start of a training run that does not write one itself. */
export function newRunDocument(dir: string, plan: LaunchPlan, { seed, origin }: RunStart, now: Date): RunDocument {
  return {
    run_id: basename(dir),
    config: plan.name,
    max_steps: plan.maxSteps,
    max_time: plan.maxTimeSeconds,
    step_delay: plan.stepDelaySeconds,
    seed,
    key_metric: plan.keyMetric?.name ?? null,
    started_at: now.toISOString(),
    run_dir: dir,
    completed_at: null,
    stopped_early: null,
    final_metrics: null,
    origin,
  }
}

/** Writes the document at the start. */
export function writeRun(run: Run, document: RunDocument): void {
  replaceDocument(run.path('run'), formatDocument(document))
}

/**
 * Completes the document at the end of the run. The launcher's own document gets all fields; a document that the training wrote gets only
 * the exit code of a failure.
 */
export function completeRun(run: Run, document: RunDocument | null, end: Omit<ProcessEnd, 'hadLeftovers'>): void {
  const current = currentDocument(run)
  const isOwn = document !== null && current['started_at'] === document.started_at
  const failed = end.asked === null ? exitCodeOf(end) : null
  if (!isOwn && (failed === null || failed === 0)) return
  const added = isOwn
    ? {
        completed_at: new Date().toISOString(),
        stopped_early: end.asked !== null || failed !== 0,
        final_metrics: latestMetrics(run),
      }
    : {}
  replaceDocument(
    run.path('run'),
    formatDocument({ ...current, ...added, ...(failed !== null && { exit_code: failed }) }),
  )
}

/** Returns the exit code as a shell reports it: 128 plus the number of a signal; null if unknown. */
export function exitCodeOf({ exitCode, signal }: Pick<ProcessEnd, 'exitCode' | 'signal'>): number | null {
  if (signal === null) return exitCode
  const number = Object.entries(constants.signals).find(([name]) => name === signal)?.[1]
  return number === undefined ? 128 : 128 + number
}

function currentDocument(run: Run): Readonly<Record<string, unknown>> {
  const parsed = parseJson(readDocument(run.path('run'))?.text ?? '{}')
  return parsed.ok && isObject(parsed.value) ? parsed.value : {}
}

/** Returns the last value of every metric in the latest records, without machine metrics. */
export function latestMetrics(run: Run): Record<string, number | null> {
  const latest: Record<string, number | null> = {}
  for (const { value } of run.last('metrics', RECENT)) {
    for (const [name, given] of Object.entries(value.metrics)) {
      const shown = name.startsWith('sys/') ? undefined : metricValue(given)
      if (shown !== undefined) latest[name] = shown
    }
  }
  return latest
}

// The number of latest records to read. Evaluation metrics may be written only once per epoch.
const RECENT = 1000
