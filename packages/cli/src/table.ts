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

/** The text cut to a visible width, colours and all; an ellipsis stands where something is missing. */
export function cutTo(text: string, width: number, unicode = true): string {
  if (visibleLength(text) <= width) return text
  if (width <= 0) return ''
  let room = width - 1
  let cut = ''
  for (const [piece] of text.matchAll(PIECES)) {
    const isColour = piece.length > 1 && piece.startsWith('\u001B')
    if (!isColour && room-- <= 0) break
    cut += piece
  }
  return `${cut}${unicode ? '…' : '.'}${cut.includes('\u001B') ? '\u001B[0m' : ''}`
}

// A colour, or one character.
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what begins a colour.
const PIECES = /\u001B\[[\d;]*m|[\s\S]/gu
