import type { ShownAlert } from '../../shared/alerts.ts'

type Place = Pick<ShownAlert, 'metric' | 'step'>

/**
 * Returns the address parameters that show an alert in its metric's chart, with the steps around it. An alert without a
 * metric leads to all charts, and one without a step to the whole run.
 */
export function alertView({ metric, step }: Place): Readonly<Record<string, string | null>> {
  return {
    tab: null,
    q: null,
    focus: metric === null ? null : encodeURIComponent(metric),
    x: step === null ? null : spanAround(step),
  }
}

/** Returns a span with more steps before the alert than after it, because earlier values matter more. */
function spanAround(step: number): string {
  const before = Math.max(LEAST_BEFORE, Math.round(step / 2))
  const after = Math.max(LEAST_AFTER, Math.round(before / 4))
  return `${Math.max(0, Math.round(step - before))}~${Math.round(step + after)}`
}

const LEAST_BEFORE = 40
const LEAST_AFTER = 10
