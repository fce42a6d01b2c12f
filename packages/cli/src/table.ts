/** Rows as text, the columns padded to the same width, two spaces between; trailing spaces are cut. */
export function alignColumns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = []
  for (const row of rows)
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, visibleLength(cell))
  return rows.map((row) =>
    row
      .map((cell, i) => (i === row.length - 1 ? cell : padTo(cell, widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}

/** The text with spaces behind it up to a visible width. */
export function padTo(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - visibleLength(text)))
}

/** How many columns a text takes: colours take none. Wide characters count one. */
export function visibleLength(text: string): number {
  return [...text.replace(COLOURS, '')].length
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what begins a colour.
const COLOURS = /\u001B\[[\d;]*m/g

/** The text cut to a visible width, ended by an ellipsis where something is missing. Takes text without colours. */
export function cutTo(text: string, width: number, unicode = true): string {
  const chars = [...text]
  if (chars.length <= width) return text
  if (width <= 0) return ''
  return `${chars.slice(0, width - 1).join('')}${unicode ? '…' : '.'}`
}
