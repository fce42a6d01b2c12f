import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { CallbackEnv, HotCallback } from '../../callback.ts'
import { readScalars } from '../../callbacks/env-path.ts'
import { createParams, every, isTime, names, text } from '../../callbacks/params.ts'
import { createFirstEvent } from '../../callbacks/safe-point.ts'
import { encodeScalars, encodeVersion } from '../event-file.ts'
import { outPath } from '../out-file.ts'

/** Parameters of {@link tensorBoard}; all can be set while it runs. */
export interface TensorBoardOptions {
  /** Steps between two records; 0: none. @defaultValue 10 */
  readonly every?: number
  /** Folder of event files; a bare name is in the run directory. @defaultValue 'tensorboard' */
  readonly log_dir?: string
  /** Dotted paths into env, or names of metrics; none: all metrics. @defaultValue [] */
  readonly scalars?: readonly string[]
}

/** Writes scalars as an event file that TensorBoard reads. A new file at each start, as TensorFlow's own writer does. */
export function tensorBoard(init: TensorBoardOptions & { readonly id: string }): HotCallback {
  const params = createParams({ every: every(10), log_dir: text('tensorboard'), scalars: names([]) }, { ...init })
  const { values } = params
  let fd: number | null = null
  let opened = ''
  const isFirstEvent = createFirstEvent()

  function close(): void {
    if (fd !== null) closeSync(fd)
    fd = null
  }

  function open(env: CallbackEnv): number {
    if (fd !== null && opened === values.log_dir) return fd
    close()
    opened = values.log_dir
    const folder = outPath(env, values.log_dir)
    mkdirSync(folder, { recursive: true })
    const seconds = Date.now() / 1000
    // TensorBoard orders the files of a folder by name; the time comes first in it.
    const name = `events.out.tfevents.${String(Math.floor(seconds)).padStart(10, '0')}.${hostname()}.${process.pid}.${++files}`
    fd = openSync(join(folder, name), 'a')
    writeSync(fd, encodeVersion(seconds))
    env.log(`writes to ${join(folder, name)}`)
    return fd
  }

  return {
    id: init.id,
    setParams: params.set,
    getParams: params.get,
    handle(_event, env) {
      if (!isTime(env.step, values.every) || !isFirstEvent(env)) return
      const scalars = readScalars(env, values.scalars)
      if (Object.keys(scalars).length > 0) writeSync(open(env), encodeScalars(Date.now() / 1000, env.step, scalars))
    },
    close,
  }
}

// Two writers of one process must not share a file.
let files = 0
