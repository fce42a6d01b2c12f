import type { ShownAlert } from '../../shared/alerts.ts'

type Place = Pick<ShownAlert, 'metric' | 'step'>

/**
 * The parameters of the address that show an alert in the chart of its metric, with the steps around it. An alert without a
 * metric leads to all charts, one without a step to the whole run.
 */
export function alertView({ metric, step }: Place): Readonly<Record<string, string | null>> {
  return {
    tab: null,
    q: null,
    focus: metric === null ? null : encodeURIComponent(metric),
    x: step === null ? null : spanAround(step),
  }
}

/** What the course was before weighs more than the few steps after. */
function spanAround(step: number): string {
  const before = Math.max(LEAST_BEFORE, Math.round(step / 2))
  const after = Math.max(LEAST_AFTER, Math.round(before / 4))
  return `${Math.max(0, Math.round(step - before))}~${Math.round(step + after)}`
}

const LEAST_BEFORE = 40
const LEAST_AFTER = 10
