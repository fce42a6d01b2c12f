import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { encodeScalarEvent, eventFileHeader } from '../../export/event-record.ts'
import { columnNames } from '../../table/column-name.ts'
import { EXPORT_WRITER, eventFileName, eventFilesIn } from '../event-folder.ts'
import { writeWholeFile } from '../table/whole-file.ts'
import { type MetricRows, SeriesCursor } from './metric-rows.ts'

/**
 * Writes the table as an event file to a directory, replacing an earlier export; returns its path. Steps become whole numbers, and values
 * become 32-bit floats.
 *
 * @throws Error if the directory contains event files from a training run, because readers would show every point twice.
 */
export function writeTensorBoard(directory: string, rows: MetricRows): string {
  mkdirSync(directory, { recursive: true })
  const before = eventFilesIn(directory)
  const other = before.find((name) => !name.endsWith(`.${EXPORT_WRITER}`))
  if (other !== undefined) {
    throw new Error(
      `\`${directory}\` contains event files that are not an export (\`${other}\`), so every point would appear twice: choose a different directory`,
    )
  }
  const firstTime = rows.wallTimes.find((time) => !Number.isNaN(time)) ?? 0
  const name = eventFileName(Math.max(0, firstTime), EXPORT_WRITER)
  writeWholeFile(join(directory, name), records(rows, firstTime))
  for (const old of before) if (old !== name) rmSync(join(directory, old), { force: true })
  return join(directory, name)
}

function* records(rows: MetricRows, firstTime: number): Generator<Uint8Array> {
  // A record without a time gets the previous time.
  let wallTime = firstTime
  yield eventFileHeader(wallTime)
  const tags = columnNames(
    rows.columns.map(({ name }) => name),
    [],
  )
  const cursors = rows.columns.map(({ series }, at) => ({ tag: tags[at] ?? '', cursor: new SeriesCursor(series) }))
  for (let at = 0; at < rows.steps.length; at++) {
    const step = rows.steps[at] ?? 0
    const time = rows.wallTimes[at] ?? Number.NaN
    if (!Number.isNaN(time)) wallTime = time
    const there = cursors.filter(({ cursor }) => cursor.moveTo(step))
    if (there.length === 0) continue
    yield encodeScalarEvent({ step, wallTime, scalars: there.map(({ tag, cursor }) => [tag, cursor.value] as const) })
  }
}
