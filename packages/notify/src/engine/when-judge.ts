import { type ExprSeries, evaluate, type Program, type Scope } from '@hotcb/expr'
import type { LineWindow } from '@hotcb/metrics/judge'
import type { KnownMetrics } from './known-metrics.ts'
import { lastOf, type MetricVerdict } from './metric-judge.ts'

/** The values that expressions read in addition to metrics. */
export interface RunScope {
  control(key: string): number | string | boolean | undefined
  /** The run's number of steps; null if it is unknown. */
  readonly maxSteps: number | null
}

/** Evaluates an expression at a step. `trouble` is the reason why it has no result, unless values are simply missing. */
export function judgeWhen(
  program: Program,
  step: number,
  metrics: KnownMetrics,
  { control, maxSteps }: RunScope,
): MetricVerdict & { readonly trouble?: string } {
  const series = (name: string): ExprSeries | undefined => {
    const window = metrics.get(name)
    return window === undefined ? undefined : seriesOf(window, step)
  }
  const scope: Scope = {
    value: (name) => series(name)?.last,
    series,
    control,
    step,
    frac: maxSteps === null || maxSteps <= 0 ? undefined : Math.min(1, step / maxSteps),
    names: metrics.names,
  }
  const outcome = evaluate(program, scope)
  if (!outcome.ok) return { is: false, because: '', trouble: outcome.problem.message }
  const is = outcome.value.type === 'bool' && outcome.value.value
  return { is, because: is ? `${program.text.trim()}${valuesOf(program, metrics)}` : '' }
}

function seriesOf(window: LineWindow, step: number): ExprSeries {
  const first = window.head[0]
  return {
    last: lastOf(window) ?? undefined,
    first: first === undefined ? undefined : window.sign * first,
    count: window.count,
    age: window.length === 0 ? undefined : step - window.step(),
    window: (length) => {
      const values = window.tail(length)
      return window.sign === 1 ? values : values.map((value) => -value)
    },
  }
}

/** ` (val/loss 0.52)`: the latest values of the metrics used in an expression. */
function valuesOf({ names }: Program, metrics: KnownMetrics): string {
  const shown = names.flatMap(({ name, quoted }) => {
    const real = metrics.names.find(name, quoted)?.real
    const window = real === undefined ? undefined : metrics.get(real)
    const value = window === undefined ? null : lastOf(window)
    return value === null ? [] : [`${real} ${Number(value.toPrecision(4))}`]
  })
  return shown.length === 0 ? '' : ` (${shown.slice(0, 4).join(', ')})`
}
