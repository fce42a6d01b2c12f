import type { Terminal } from './terminal.ts'

/**
 * A bar with a text behind it, in one line.
 *
 * @param done From 0 to 1.
 * @param columns The bar takes what the text leaves, and 40 at most.
 */
export function progressBar(done: number, text: string, columns: number, terminal: Terminal): string {
  const width = Math.max(0, Math.min(40, columns - text.length))
  const full = Math.round(done * width)
  const [on, off] = terminal.unicode ? ['█', '░'] : ['#', '.']
  return `${terminal.green(on.repeat(full))}${terminal.dim(off.repeat(width - full))}${text}`
}
