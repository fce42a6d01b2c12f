import { useEffect, useMemo, useState } from 'preact/hooks'
import { useRun } from '../run/run-context.ts'
import { stepOf, totalOf } from '../staged/apply-staged.ts'
import type { AheadLines } from './ahead.ts'
import type { RailMark } from './rail-mark.ts'

/** Returns the planned values of the run's controls. The code that computes them is loaded with the first plan. */
export function useAhead(marks: readonly RailMark[]): AheadLines {
  const { detail } = useRun()
  const [plan, setPlan] = useState<typeof import('./plan-ahead.ts') | undefined>(undefined)
  const waiting = useMemo(() => marks.flatMap((mark) => mark.waiting ?? []), [marks])
  const isMoving = marks.some(({ ramp }) => ramp !== undefined)
  const needs = waiting.length > 0 || isMoving
  useEffect(() => {
    // If it cannot be loaded, only the rail shows the plan.
    if (needs) import('./plan-ahead.ts').then(setPlan, () => undefined)
  }, [needs])
  const controls = detail.value?.controls ?? []
  // The value of a moving control changes at every step, but its plan does not, so the value is not part of the stamp.
  const stamp = JSON.stringify(controls.map(({ param_key: key, ramp, current }) => [key, ramp ?? current]))
  return useMemo(() => {
    if (plan === undefined || !needs) return NONE
    return plan.planAhead({ controls, waiting, now: stepOf(detail.value) ?? 0, total: totalOf(detail.value) })
  }, [plan, needs, waiting, stamp])
}

const NONE: AheadLines = new Map()
