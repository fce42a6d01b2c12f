import { characterWidth, textWidth } from '@hotcb/protocol'
import { control, controlsAndCharacters, withoutControls } from '@hotcb/protocol/node'

/** Formats rows as text, with columns padded to equal width and two spaces between them. Trailing spaces are removed. */
export function alignColumns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = []
  for (const row of rows)
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, visibleWidth(cell))
  return rows.map((row) =>
    row
      .map((cell, i) => (i === row.length - 1 ? cell : padTo(cell, widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}

/** Pads text with spaces to a visible width. */
export function padTo(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - visibleWidth(text)))
}

/** Returns the number of terminal columns that text occupies. Colours occupy none, wide characters two. */
export function visibleWidth(text: string): number {
  return textWidth(withoutControls(text))
}

/** Truncates text to a visible width and keeps its colours. An ellipsis marks the cut. */
export function cutTo(text: string, width: number, unicode = true): string {
  if (visibleWidth(text) <= width) return text
  if (width <= 0) return ''
  let room = width - 1
  let cut = ''
  let isColoured = false
  for (const { piece, isControl } of controlsAndCharacters(text)) {
    if (!isControl) room -= characterWidth(piece)
    if (room < 0) break
    isColoured ||= isControl
    cut += piece
  }
  return `${cut}${unicode ? '…' : '.'}${isColoured ? control('[0m') : ''}`
}

/** Truncates text without colours at the start, for example a path whose end names the run. An ellipsis marks the cut. */
export function cutStartTo(text: string, width: number, unicode = true): string {
  if (textWidth(text) <= width) return text
  const pieces = [...text]
  let room = width - 1
  let from = pieces.length
  while (from > 0) {
    room -= characterWidth(pieces[from - 1] ?? '')
    if (room < 0) break
    from--
  }
  return `${unicode ? '…' : '.'}${pieces.slice(from).join('')}`
}
