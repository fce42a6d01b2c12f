import type { HotCallback } from '../callback.ts'
import { recordMetrics } from '../node/metric-file.ts'
import { readPath } from './env-path.ts'
import { pairs } from './numbers.ts'
import { createParams, every, isTime, names, text } from './params.ts'
import { readTensor, summarize, type TensorSummary } from './tensor.ts'

/** The parameters of {@link tensorStats}. All of them can be changed while it is running. */
export interface TensorStatsOptions {
  /** Steps between measurements; 0: never. @defaultValue 100 */
  readonly every?: number
  /** Dotted paths into env, or metric names. @defaultValue ['loss'] */
  readonly paths?: readonly string[]
  /** A prefix for each path in lines and names. @defaultValue '' */
  readonly prefix?: string
  /**
   * A file for the results as metric records; `hotcb.metrics.jsonl` adds them to the run's metrics. @defaultValue '' (none)
   */
  readonly out_path?: string
}

/** Logs the count, NaN count, infinity count, min, max, mean, std and l2 of tensors. Reading a tensor waits for the device. */
export function tensorStats(init: TensorStatsOptions & { readonly id: string }): HotCallback {
  const specs = { every: every(100), paths: names(['loss']), prefix: text(''), out_path: text('') }
  const params = createParams(specs, { ...init })
  const { values } = params
  const out = recordMetrics()
  return {
    id: init.id,
    setParams: params.set,
    getParams: params.get,
    handle(_event, env) {
      if (!isTime(env.step, values.every)) return
      const metrics: Record<string, number> = {}
      for (const path of values.paths) {
        const name = values.prefix + path
        const tensor = readTensor(readPath(env, path))
        if (tensor === undefined) {
          env.log(`${name}: no numbers at step ${env.step}`)
          continue
        }
        const summary = summarize(tensor.values)
        const kind = `${tensor.dtype ?? 'numbers'}[${tensor.shape?.join('x') ?? summary.n}]`
        env.log(`${name} step=${env.step} ${kind} ${pairs({ ...summary })}`)
        for (const [key, value] of measured(summary)) metrics[`${name}/${key}`] = value
      }
      out.write(env, values.out_path, metrics)
    },
    close: out.close,
  }
}

// An empty tensor has only a count, because a minimum of NaN would look like a non-finite value.
function measured(summary: TensorSummary): readonly (readonly [string, number])[] {
  return summary.n === 0 ? [['n', 0]] : Object.entries(summary)
}
