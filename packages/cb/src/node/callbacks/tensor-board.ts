import { columnName } from '@hotcb/metrics'
import { type EventFile, openEventFile } from '@hotcb/metrics/node'
import type { HotCallback } from '../../callback.ts'
import { readScalars } from '../../callbacks/env-path.ts'
import { createParams, every, isTime, selection, text } from '../../callbacks/params.ts'
import { createFirstEvent } from '../../callbacks/safe-point.ts'
import { openAtPath } from '../out-file.ts'

/** The parameters of {@link tensorBoard}. All of them can be changed while it is running. */
export interface TensorBoardOptions {
  /** Steps between records; 0: never. @defaultValue 10 */
  readonly every?: number
  /** The folder for event files. A bare folder name is relative to the run directory. @defaultValue 'tensorboard' */
  readonly log_dir?: string
  /** Metric names, or dotted paths into env; if empty, all metrics. @defaultValue [] */
  readonly scalars?: readonly string[]
}

/**
 * Writes scalars as TensorBoard event files. Each start creates a new file, which marks the step at which the restart began, so that no
 * step is shown twice.
 */
export function tensorBoard(init: TensorBoardOptions & { readonly id: string }): HotCallback {
  const params = createParams({ every: every(10), log_dir: text('tensorboard'), scalars: selection([]) }, { ...init })
  const { values } = params
  const isFirstEvent = createFirstEvent()
  let firstStep = Number.POSITIVE_INFINITY
  let lastStep = Number.NEGATIVE_INFINITY
  let rewoundTo = Number.POSITIVE_INFINITY
  const out = openAtPath<EventFile>((folder) => openEventFile(folder, { step: firstStep }))
  return {
    id: init.id,
    setParams: params.set,
    getParams: params.get,
    handle(_event, env) {
      const { step } = env
      // A checkpoint was loaded, so steps that were already written are trained again.
      if (step < lastStep) rewoundTo = Math.min(rewoundTo, step)
      firstStep = Math.min(firstStep, step)
      lastStep = step
      if (!isTime(step, values.every) || !isFirstEvent(env)) return
      const scalars = readScalars(env, values.scalars)
      if (scalars.size === 0) return
      const file = out.at(env, values.log_dir)
      if (rewoundTo <= step) file.restart(rewoundTo)
      rewoundTo = Number.POSITIVE_INFINITY
      const tagged = [...scalars].map(([name, value]) => [columnName(name, []), value] as const)
      file.write({ step, wallTime: Date.now() / 1000, scalars: tagged })
      file.flush()
    },
    close: out.close,
  }
}
