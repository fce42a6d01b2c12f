/** A sparse index of a ledger by seq, so that any line is found quickly. */
export interface Pieces {
  /** Adds a line that was read. It is stored only if it is far enough from the last stored one. */
  add(seq: number, offset: number): void
  /** Adds lines that were written, the first of them at this offset. */
  push(seq: number, offset: number): void
  /** Returns an offset at or before the line with this seq. */
  offsetOf(seq: number): number
  clear(): void
}

const PIECE_BYTES = 64 * 1024

export function createPieces(): Pieces {
  // Sorted by seq, and so by offset.
  const pieces: { readonly seq: number; readonly offset: number }[] = []

  return {
    add(seq, offset) {
      const last = pieces.at(-1)
      if (last === undefined || (seq > last.seq && offset - last.offset > PIECE_BYTES)) pieces.push({ seq, offset })
    },
    push(seq, offset) {
      pieces.push({ seq, offset })
    },
    offsetOf(seq) {
      let low = 0
      let high = pieces.length
      while (low < high) {
        const middle = (low + high) >>> 1
        if ((pieces[middle]?.seq ?? 0) <= seq) low = middle + 1
        else high = middle
      }
      return pieces[low - 1]?.offset ?? 0
    },
    clear() {
      pieces.length = 0
    },
  }
}
