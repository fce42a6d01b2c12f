import type { CallbackEnv } from '../callback.ts'
import { createOutFile } from './out-file.ts'

/** Writes what a callback measured as metric records, where a file is named. */
export interface MetricFile {
  /** Nothing for an empty path or no metrics. */
  write(env: CallbackEnv, path: string, metrics: Readonly<Record<string, number>>): void
  close(): void
}

/** Lines as in `hotcb.metrics.jsonl`; appended to that very file, they are metrics of the run. */
export function recordMetrics(): MetricFile {
  const out = createOutFile()
  return {
    write(env, path, metrics) {
      if (path === '' || Object.keys(metrics).length === 0) return
      const { step, epoch = null } = env
      // JSON has no NaN and no infinities: they become null, as everywhere in metrics.
      out.append(env, path, `${JSON.stringify({ step, epoch, wall_time: Date.now() / 1000, metrics })}\n`)
    },
    close: out.close,
  }
}
