import { formatNumber } from './describe.ts'
import type { MetricNames } from './wire.ts'

/** Describes the points that a run's charts omit, with one sentence per kind. */
export function metricNotes({
  far_steps: far,
  bad_lines: bad,
}: Pick<MetricNames, 'far_steps' | 'bad_lines'>): string[] {
  const notes: string[] = []
  if (far !== null) {
    const place =
      far.lowest === far.highest
        ? `step ${formatNumber(far.lowest)}`
        : `steps from ${formatNumber(far.lowest)} to ${formatNumber(far.highest)}`
    const [lines, are] = far.count === 1 ? ['1 line', 'is'] : [`${far.count} lines`, 'are']
    notes.push(`${lines} of metrics at ${place} ${are} far from all others and ${are} not shown.`)
  }
  if (bad !== null) {
    const lines = bad.count === 1 ? '1 line of metrics' : `${bad.count} lines of metrics`
    notes.push(`${lines} cannot be read${bad.count === 1 ? '' : '; the reason for the first'}: ${bad.reason}.`)
  }
  return notes
}

/** The known steps of a run. */
export interface StepExtent {
  readonly first: number
  readonly last: number
}

/** Whether a new step is so far from the known ones that it may be wrong. The server, which has all steps, makes the final check. */
export function isSuspicious(step: number, { first, last }: StepExtent): boolean {
  const distance = 100 * Math.max(1, last - first)
  return step > last + distance || step < first - distance
}
