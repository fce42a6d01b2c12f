import type { RunDocument } from '@hotcb/protocol'

/**
 * Returns how many steps of a run are done: `400 of 400 done` after step 399, since steps count from 0. Empty while the
 * step or the total is unknown.
 */
export function doneText(step: number | null, total: number | null): string {
  return step === null || total === null ? '' : `${step + 1} of ${total} done`
}

/**
 * Returns the metrics that a trainer recorded as final when it ended; null while the run has not ended, or if it
 * recorded none.
 */
export function finalMetrics(
  run: Pick<RunDocument, 'completed_at' | 'final_metrics'> | undefined,
): Readonly<Record<string, number | null>> | null {
  if (run === undefined || run.completed_at == null) return null
  return run.final_metrics ?? null
}
