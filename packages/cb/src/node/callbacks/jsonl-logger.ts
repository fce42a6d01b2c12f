import { type JsonTable, openJsonTable } from '@hotcb/metrics/node'
import type { Json } from '@hotcb/protocol'
import type { HotCallback } from '../../callback.ts'
import { readPath, readScalars } from '../../callbacks/env-path.ts'
import { createParams, every, isTime, names, selection, text } from '../../callbacks/params.ts'
import { readTensor, summarize } from '../../callbacks/tensor.ts'
import { openAtPath } from '../out-file.ts'

/** The parameters of {@link jsonlLogger}. All of them can be changed while it is running. */
export interface JsonlLoggerOptions {
  /** Steps between lines; 0: never. @defaultValue 10 */
  readonly every?: number
  /** The file to write. A bare file name is relative to the run directory. @defaultValue 'hotcb_metrics.jsonl' */
  readonly out_path?: string
  /** Metric names, or dotted paths into env; if empty, all metrics. @defaultValue ['loss'] */
  readonly scalars?: readonly string[]
  /** Paths whose summaries are written as `<path>.stats`. @defaultValue [] */
  readonly tensor_paths?: readonly string[]
}

/**
 * Appends a JSON line with selected values every N steps: id, event, step, epoch, phase, then the values.
 *
 * A metric with one of those names, for example `step`, is written as `metrics.step`.
 */
export function jsonlLogger(init: JsonlLoggerOptions & { readonly id: string }): HotCallback {
  const specs = {
    every: every(10),
    out_path: text('hotcb_metrics.jsonl'),
    scalars: selection(['loss']),
    tensor_paths: names([]),
  }
  const params = createParams(specs, { ...init })
  const { values } = params
  let say: (message: string) => void = () => {}
  const out = openAtPath<JsonTable>((path) => openJsonTable(path, (text) => say(text)))
  return {
    id: init.id,
    setParams: params.set,
    getParams: params.get,
    handle(event, env) {
      if (!isTime(env.step, values.every)) return
      say = env.log
      const { step, epoch = null, phase = null } = env
      const own = { id: init.id, event, step, epoch, phase }
      const stats: [string, Json][] = []
      for (const path of values.tensor_paths) {
        const tensor = readTensor(readPath(env, path))
        if (tensor !== undefined) stats.push([`${path}.stats`, { ...summarize(tensor.values) }])
      }
      out.at(env, values.out_path).append(own, [...readScalars(env, values.scalars, Object.keys(own)), ...stats])
    },
    close: out.close,
  }
}
