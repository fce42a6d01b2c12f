import { closeSync, openSync, readSync } from 'node:fs'
import type { CallbackEnv, HotCallback } from '../../callback.ts'
import { readScalars } from '../../callbacks/env-path.ts'
import { createParams, every, isTime, names, text } from '../../callbacks/params.ts'
import { createFirstEvent } from '../../callbacks/safe-point.ts'
import { createOutFile, outPath } from '../out-file.ts'

/** Parameters of {@link csvLogger}; all can be set while it runs. */
export interface CsvLoggerOptions {
  /** Steps between two rows; 0: none. @defaultValue 10 */
  readonly every?: number
  /** A bare name is a file of the run directory. @defaultValue 'hotcb_metrics.csv' */
  readonly out_path?: string
  /** Columns after step and epoch; none: the metrics that there are at the first row. @defaultValue [] */
  readonly scalars?: readonly string[]
}

/**
 * Appends a row of chosen values every so many steps (RFC 4180).
 *
 * A file that is there goes on with the columns of its own first line, so a run that starts again continues its table.
 * What is not there at a step is an empty cell.
 */
export function csvLogger(init: CsvLoggerOptions & { readonly id: string }): HotCallback {
  const specs = { every: every(10), out_path: text('hotcb_metrics.csv'), scalars: names([]) }
  const params = createParams(specs, { ...init })
  const { values } = params
  const out = createOutFile()
  let columns: readonly string[] | null = null
  let columnsOf = ''
  let asked: readonly string[] = []
  const isFirstEvent = createFirstEvent()

  function begin(env: CallbackEnv): readonly string[] {
    if (columns !== null && columnsOf === values.out_path && asked === values.scalars) return columns
    columnsOf = values.out_path
    asked = values.scalars
    columns = readHeader(outPath(env, values.out_path))
    const missing = asked.filter((name) => columns !== null && !columns.includes(name))
    if (missing.length > 0)
      env.log(
        `no column ${missing.join(', ')}: a table keeps those of its first line, another \`out_path\` begins anew`,
      )
    if (columns === null) {
      columns = ['step', 'epoch', ...Object.keys(readScalars(env, values.scalars))]
      out.append(env, values.out_path, `${columns.map(cell).join(',')}\n`)
    }
    return columns
  }

  return {
    id: init.id,
    setParams: params.set,
    getParams: params.get,
    handle(_event, env) {
      if (!isTime(env.step, values.every) || !isFirstEvent(env)) return
      const header = begin(env)
      const wanted = header.filter((name) => name !== 'step' && name !== 'epoch')
      const row: Record<string, number> = wanted.length > 0 ? readScalars(env, wanted) : {}
      row['step'] = env.step
      if (typeof env.epoch === 'number') row['epoch'] = env.epoch
      out.append(env, values.out_path, `${header.map((name) => cell(row[name] ?? '')).join(',')}\n`)
    },
    close: out.close,
  }
}

function cell(value: string | number): string {
  const written = String(value)
  return /[",\r\n]/.test(written) ? `"${written.replaceAll('"', '""')}"` : written
}

const HEADER_BYTES = 64 * 1024

function readHeader(path: string): readonly string[] | null {
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch {
    return null
  }
  try {
    const bytes = Buffer.alloc(HEADER_BYTES)
    const head = bytes.toString('utf8', 0, readSync(fd, bytes, 0, HEADER_BYTES, 0))
    const end = head.indexOf('\n')
    return end <= 0 ? null : splitRow(head.slice(0, end).replace(/\r$/, ''))
  } finally {
    closeSync(fd)
  }
}

function splitRow(row: string): readonly string[] {
  const cells: string[] = []
  for (const match of row.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)) {
    cells.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '')
  }
  return cells
}
