import { createEventFile } from '../event-file.ts'
import { type MetricRows, SeriesCursor } from './metric-rows.ts'

/** Writes the table as an event file into a directory; gives the file. Steps are whole numbers there, values 32-bit. */
export function writeTensorBoard(directory: string, rows: MetricRows): string {
  // A record without a time is given the one before.
  let wallTime = rows.wallTimes.find((time) => !Number.isNaN(time)) ?? 0
  const file = createEventFile(directory, { wallTime })
  const cursors = rows.columns.map(({ name, series }) => ({ name, cursor: new SeriesCursor(series) }))
  try {
    for (let at = 0; at < rows.steps.length; at++) {
      const step = rows.steps[at] ?? 0
      const time = rows.wallTimes[at] ?? Number.NaN
      if (!Number.isNaN(time)) wallTime = time
      const there = cursors.filter(({ cursor }) => cursor.moveTo(step))
      if (there.length > 0) {
        file.write({ step, wallTime, scalars: there.map(({ name, cursor }) => [name, cursor.value] as const) })
      }
    }
  } finally {
    file.close()
  }
  return file.path
}
