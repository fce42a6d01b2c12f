import { isObject } from '@hotcb/protocol'
import type { Marker, WireSeriesPoints } from '../../../shared/wire.ts'

type Mark = Pick<Marker, 'step' | 'module' | 'op' | 'params'>

/** Whether a ledger line can affect training. A saved checkpoint, a pause or a freeze cannot. */
export function changesTraining({ module, op, params }: Omit<Mark, 'step'>): boolean {
  if (module !== 'core') return true
  return op === 'revert' || (op === 'checkpoint' && isObject(params) && params['action'] === 'load')
}

/** Returns the points around a step that no earlier or later change to training affects. */
export function cutAtNeighbours<Points extends Pick<WireSeriesPoints, 'steps' | 'values'>>(
  points: Points,
  step: number,
  marks: readonly Mark[],
): Points {
  const others = marks.filter(changesTraining).map((mark) => mark.step)
  const from = others.reduce((most, other) => (other < step ? Math.max(most, other) : most), Number.NEGATIVE_INFINITY)
  const to = others.reduce((least, other) => (other > step ? Math.min(least, other) : least), Number.POSITIVE_INFINITY)
  const isInside = (_: unknown, i: number): boolean => {
    const at = points.steps[i] ?? step
    return at > from && at < to
  }
  return { ...points, steps: points.steps.filter(isInside), values: points.values.filter(isInside) }
}
