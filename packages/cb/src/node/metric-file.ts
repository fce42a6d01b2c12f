import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { openAppender } from '@hotcb/journal'
import { formatMetricRecord } from '@hotcb/protocol'
import type { CallbackEnv } from '../callback.ts'
import { openAtPath } from './out-file.ts'

/** Writes a callback's measurements as metric records, if a file is named. */
export interface MetricFile {
  /** Nothing for an empty path or no metrics. @throws Error when it cannot be written. */
  write(env: CallbackEnv, path: string, metrics: Readonly<Record<string, number>>): void
  close(): void
}

/** Lines as in `hotcb.metrics.jsonl`; appended to exactly that file, they are metrics of the run. */
export function recordMetrics(): MetricFile {
  const out = openAtPath((path) => {
    mkdirSync(dirname(path), { recursive: true })
    return openAppender(path)
  })
  return {
    write(env, path, metrics) {
      if (path === '' || Object.keys(metrics).length === 0) return
      const { step, epoch = null } = env
      // JSON has no NaN and no infinities: they become null, as everywhere in metrics.
      const line = formatMetricRecord({ step, epoch, wall_time: Date.now() / 1000, metrics })
      const failure = out.at(env, path).append(line)
      if (failure !== null) throw new Error(failure.message)
    },
    close: out.close,
  }
}
