import type { Env } from '@hotcb/protocol'

/**
 * Creates a test for the first event of each safe point, because a writer of rows must not write one for every event in a step.
 */
export function createFirstEvent(): (env: Env) => boolean {
  let lastStep: number | null = null
  let lastMetrics: Env['metrics']
  return ({ step, metrics }) => {
    // A second safe point of the same step has its own metrics.
    const isFirst = step !== lastStep || metrics !== lastMetrics
    lastStep = step
    lastMetrics = metrics
    return isFirst
  }
}
