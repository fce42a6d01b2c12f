import type { Line } from './lines.ts'

/** The points of lines as columns of a table. If no line has a band, there are no columns for its edges. */
export interface LineTable {
  readonly line: readonly string[]
  readonly x: readonly number[]
  readonly y: readonly (number | null)[]
  readonly low?: readonly (number | null)[]
  readonly high?: readonly (number | null)[]
}

/** Returns the points of lines, one per row. */
export function tableOf(lines: readonly Line[]): LineTable {
  const column = (of: (line: Line, at: number) => number | null | undefined): (number | null)[] =>
    lines.flatMap((line) => line.xs.map((_, at) => of(line, at) ?? null))
  const table = {
    line: lines.flatMap(({ label, xs }) => xs.map(() => label)),
    x: lines.flatMap(({ xs }) => xs),
    y: column(({ ys }, at) => ys[at]),
  }
  if (lines.every(({ lows }) => lows === undefined)) return table
  return { ...table, low: column(({ lows }, at) => lows?.[at]), high: column(({ highs }, at) => highs?.[at]) }
}

/** Returns the points of lines as CSV. */
export function csvOf(lines: readonly Line[]): string {
  const { line, x, y, low, high } = tableOf(lines)
  const rows = line.map((label, at) => {
    const band = low === undefined || high === undefined ? '' : `,${low[at] ?? ''},${high[at] ?? ''}`
    return `${csvField(label)},${x[at]},${y[at] ?? ''}${band}\n`
  })
  return `${low === undefined ? 'line,x,y' : 'line,x,y,low,high'}\n${rows.join('')}`
}

// A spreadsheet treats a cell that begins with one of these as a formula, and anyone can choose a run's name.
function csvField(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
