import { join } from 'node:path'
import { runFiles } from '@hotcb/protocol'
import { readMetricLine } from '@hotcb/run'
import { eachPoint } from './metric-point.ts'
import type { OpenRun } from './run.ts'
import { batchesOf, followConfined } from './run-files.ts'

/** The steps to export, including both ends; null is an open end. */
export interface StepRange {
  readonly from: number | null
  readonly to: number | null
}

/**
 * Exports every point as one line of CSV, `step,name,value`, in the order of the file. A value that was not finite is empty.
 *
 * @param names Export only these metrics; undefined exports all.
 */
export async function* csvChunks(
  run: OpenRun,
  names: ReadonlySet<string> | undefined,
  range: StepRange,
): AsyncGenerator<string> {
  const path = join(run.dir, runFiles.metrics)
  const tail = followConfined(path, run.roots)
  try {
    let head = 'step,name,value\n'
    for await (const batch of batchesOf(path, tail)) {
      // Lines that are written during the export are not part of it.
      if (batch.reset !== null && head === '') return
      const rows = batch.lines.flatMap(({ text }) => rowsOf(text, names, range))
      // The header is sent together with the first rows, so that an unreadable file can still be reported as an error.
      if (rows.length === 0) continue
      yield head + rows.join('')
      head = ''
    }
    if (head !== '') yield head
  } finally {
    await tail.close()
  }
}

function rowsOf(text: string, names: ReadonlySet<string> | undefined, { from, to }: StepRange): string[] {
  const line = readMetricLine(text)
  if (line === undefined) return []
  const { step } = line
  if ((from !== null && step < from) || (to !== null && step > to)) return []
  const rows: string[] = []
  eachPoint(line, names, (name, value) => rows.push(`${step},${csvField(name)},${value ?? ''}\n`))
  return rows
}

/**
 * Returns the `Content-Disposition` header of an export. The file is `<run>-<metric>.csv` for one metric, contains the first name
 * and the number of further ones for several metrics, and is `<run>-metrics.csv` for all.
 */
export function exportHeader(run: string, names: ReadonlySet<string> | undefined): string {
  const [first = 'metrics', ...more] = names ?? []
  const text = `${run}-${first}${more.length === 0 ? '' : `-and-${more.length}-more`}`.replace(
    /[^\p{L}\p{N}._-]+/gu,
    '-',
  )
  // The name is cut between code points, because half of a surrogate pair cannot be encoded.
  const name = `${[...text].slice(0, MOST_CHARACTERS).join('')}.csv`
  const plain = name.replace(/[^\x20-\x7e]+/g, '-')
  return `attachment; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(name)}`
}

const MOST_CHARACTERS = 120

// A spreadsheet treats a cell that begins with one of these as a formula, and anyone can choose a metric's name.
function csvField(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
