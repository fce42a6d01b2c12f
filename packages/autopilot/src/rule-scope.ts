import type { ExprSeries, Scope } from '@hotcb/expr'
import type { LineWindow } from '@hotcb/metrics/judge'
import type { EngineInput } from './types.ts'
import type { Watch } from './watch.ts'

/**
 * Returns the values for a rule's expression, with the sign that the run reported. `isOfStep`: only values from the step itself, as in
 * hotcb 2.
 */
export function scopeOf(watch: Watch, seen: EngineInput, { isOfStep }: { readonly isOfStep: boolean }): Scope {
  return {
    value(name) {
      const window = watch.find(name)
      if (window === undefined || !window.isFinite || window.count === 0) return undefined
      return isOfStep && window.step() !== seen.step ? undefined : window.sign * window.value()
    },
    series(name) {
      const window = watch.find(name)
      return window === undefined ? undefined : seriesOf(window, seen.step)
    },
    control(key) {
      const current = seen.controls().find((control) => control.param_key === key)?.current
      return typeof current === 'object' ? undefined : current
    },
    step: seen.step,
    frac: seen.total === null || seen.total <= 0 ? undefined : Math.min(1, Math.max(0, seen.step / seen.total)),
  }
}

function seriesOf(window: LineWindow, step: number): ExprSeries {
  const { count, sign } = window
  return {
    last: count === 0 ? undefined : sign * window.value(),
    first: count === 0 ? undefined : sign * (window.head[0] ?? Number.NaN),
    count,
    age: count === 0 ? undefined : step - window.step(),
    window: (length) => (sign === 1 ? window.tail(length) : window.tail(length).map((value) => -value)),
  }
}
