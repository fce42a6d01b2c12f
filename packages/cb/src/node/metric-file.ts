import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { openAppender } from '@hotcb/journal'
import { formatMetricRecord } from '@hotcb/protocol'
import type { CallbackEnv } from '../callback.ts'
import { openAtPath } from './out-file.ts'

/** Writes a callback's measurements as metric records, if a path is given. */
export interface MetricFile {
  /** Writes a record. Does nothing if the path is empty or there are no metrics. @throws Error when it cannot be written. */
  write(env: CallbackEnv, path: string, metrics: Readonly<Record<string, number>>): void
  close(): void
}

/**
 * Creates a writer for lines in the format of `hotcb.metrics.jsonl`. Lines appended to that file itself become metrics of the run.
 */
export function recordMetrics(): MetricFile {
  const out = openAtPath((path) => {
    mkdirSync(dirname(path), { recursive: true })
    return openAppender(path)
  })
  return {
    write(env, path, metrics) {
      if (path === '' || Object.keys(metrics).length === 0) return
      const { step, epoch = null } = env
      // JSON has no NaN or infinities: they become null, as everywhere in metrics.
      const line = formatMetricRecord({ step, epoch, wall_time: Date.now() / 1000, metrics })
      const failure = out.at(env, path).append(line)
      if (failure !== null) throw new Error(failure.message)
    },
    close: out.close,
  }
}
