import { type CsvTable, openCsvTable } from '@hotcb/metrics/node'
import type { CallbackEnv, HotCallback } from '../../callback.ts'
import { namesIn, readScalars } from '../../callbacks/env-path.ts'
import { createParams, every, isTime, selection, text } from '../../callbacks/params.ts'
import { createFirstEvent } from '../../callbacks/safe-point.ts'
import { openAtPath } from '../out-file.ts'

/** The parameters of {@link csvLogger}. All of them can be changed while it is running. */
export interface CsvLoggerOptions {
  /** Steps between rows; 0: never. @defaultValue 10 */
  readonly every?: number
  /** The file to write. A bare file name is relative to the run directory. @defaultValue 'hotcb_metrics.csv' */
  readonly out_path?: string
  /**
   * The columns after step and epoch, as names or patterns. If empty, the metrics in the first row that has any. @defaultValue []
   */
  readonly scalars?: readonly string[]
}

/**
 * Appends a row of selected values every N steps (RFC 4180).
 *
 * After a restart, the table continues with the columns in the file's first line. A named scalar has a column even if
 * its first value comes late. A scalar without a value at a step has an empty cell.
 */
export function csvLogger(init: CsvLoggerOptions & { readonly id: string }): HotCallback {
  const specs = { every: every(10), out_path: text('hotcb_metrics.csv'), scalars: selection([]) }
  const params = createParams(specs, { ...init })
  const { values } = params
  const isFirstEvent = createFirstEvent()
  const reported = new Set<string>()
  let say: (message: string) => void = () => {}
  const out = openAtPath<CsvTable>((path) => openCsvTable(path, { own: OWN, note: (text) => say(text) }))

  // Metrics without a column are reported, because they would otherwise go unnoticed until the end of the run.
  function reportLost(env: CallbackEnv, names: readonly string[]): void {
    const lost = names.filter((name) => !reported.has(name))
    for (const name of lost) reported.add(name)
    if (lost.length > 0)
      env.log(`no column for ${lost.join(', ')}, which appeared after the first row: add it to \`scalars\``)
  }

  return {
    id: init.id,
    setParams: params.set,
    getParams: params.get,
    handle(_event, env) {
      if (!isTime(env.step, values.every) || !isFirstEvent(env)) return
      say = env.log
      const epoch = typeof env.epoch === 'number' ? env.epoch : ''
      const metrics = readScalars(env, values.scalars, OWN)
      const table = out.at(env, values.out_path)
      reportLost(env, table.append({ own: { step: env.step, epoch }, metrics, asked: namesIn(env, values.scalars) }))
    },
    close: out.close,
  }
}

const OWN: readonly string[] = ['step', 'epoch']
