import type { Terminal } from './terminal.ts'

/**
 * Returns one line: a bar followed by text.
 *
 * @param done From 0 to 1.
 * @param columns The width. The bar uses the space left by the text, at most 40 columns.
 */
export function progressBar(done: number, text: string, columns: number, terminal: Terminal): string {
  const width = Math.max(0, Math.min(40, columns - text.length))
  const full = Math.round(done * width)
  const [on, off] = terminal.unicode ? ['█', '░'] : ['#', '.']
  return `${terminal.green(on.repeat(full))}${terminal.dim(off.repeat(width - full))}${text}`
}
