import type { HotCallback } from '../callback.ts'
import { recordMetrics } from '../node/metric-file.ts'
import { pairs } from './numbers.ts'
import { count, createParams, every, isTime, text } from './params.ts'

/** The parameters of {@link timing}. All of them can be changed while it is running. */
export interface TimingOptions {
  /** Steps between lines; 0: never. @defaultValue 50 */
  readonly every?: number
  /** The number of steps for the mean and the percentiles. @defaultValue 200 */
  readonly window?: number
  /** A file to which `time/step_ms`, ... are written as metric records. @defaultValue '' (none) */
  readonly out_path?: string
}

/** Logs step durations in milliseconds: the last step, and the mean, p50 and p95 of the last `window` steps. */
export function timing(init: TimingOptions & { readonly id: string }): HotCallback {
  const params = createParams({ every: every(50), window: count(200, 2), out_path: text('') }, { ...init })
  const { values } = params
  const out = recordMetrics()
  let durations: number[] = []
  let lastStep = -1
  let lastAt = 0
  return {
    id: init.id,
    setParams: params.set,
    getParams: params.get,
    handle(_event, env) {
      // If a step has several events, only the first one counts.
      if (env.step === lastStep) return
      const now = performance.now()
      const dt = now - lastAt
      const isFirst = lastStep === -1
      lastStep = env.step
      lastAt = now
      if (isFirst) return
      durations.push(dt)
      if (durations.length > values.window) durations = durations.slice(-values.window)
      if (!isTime(env.step, values.every)) return
      const sorted = [...durations].sort((a, b) => a - b)
      const mean = sorted.reduce((sum, one) => sum + one, 0) / sorted.length
      const [p50, p95] = [quantile(sorted, 0.5), quantile(sorted, 0.95)]
      env.log(`step=${env.step} ${pairs({ dt_ms: dt, mean_ms: mean, p50_ms: p50, p95_ms: p95, n: sorted.length })}`)
      out.write(env, values.out_path, { 'time/step_ms': dt, 'time/step_mean_ms': mean, 'time/step_p95_ms': p95 })
    },
    close: out.close,
  }
}

// Percentiles use the nearest-rank definition.
function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN
}
