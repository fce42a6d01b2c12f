import type { AsyncTail } from '@hotcb/journal'
import { batchesOf, followConfined } from './run-files.ts'

/** Follows a line file, and keeps what `pick` selects from each line. */
export class KeptLines<Kept> {
  readonly #path: string
  readonly #tail: AsyncTail
  readonly #pick: (text: string) => Kept | undefined
  #lines: Kept[] = []
  /** Changes whenever `lines` does. */
  version = 0

  /** @param pick Returns the part of a line to keep, or undefined to skip the line. */
  constructor(path: string, roots: readonly string[], pick: (text: string) => Kept | undefined) {
    this.#path = path
    this.#tail = followConfined(path, roots)
    this.#pick = pick
  }

  get lines(): readonly Kept[] {
    return this.#lines
  }

  /** Reads new lines. @throws JournalError if the file cannot be read. */
  async refresh(): Promise<void> {
    for await (const batch of batchesOf(this.#path, this.#tail)) {
      if (batch.reset !== null || !this.#tail.exists) this.#forget()
      for (const { text } of batch.lines) {
        const kept = this.#pick(text)
        if (kept === undefined) continue
        this.#lines.push(kept)
        this.version++
      }
    }
  }

  close(): Promise<void> {
    return this.#tail.close()
  }

  #forget(): void {
    if (this.#lines.length === 0) return
    this.#lines = []
    this.version++
  }
}
