import type { AsyncTail, TailLine } from '@hotcb/journal'
import { type LedgerLine, messageOf } from '@hotcb/protocol'
import { readStreamLine } from '@hotcb/run'
import { foldMarkers, NO_MARKERS } from '../shared/markers.ts'
import type { LedgerPage, MarkerList } from '../shared/wire.ts'
import { Problem } from './problem.ts'
import { batchesOf, followConfined } from './run-files.ts'

/** Receives every line of a ledger once, in order, as it is read. */
export interface LedgerListener {
  take(line: LedgerLine): void
  /** Called when the file has been replaced. Its lines are then delivered again, from the first one. */
  forget(): void
}

/**
 * Keeps an index of one run's ledger in memory: the position of every line, the latest lines themselves, and the changes
 * that charts mark.
 */
export class LedgerReader {
  readonly #path: string
  readonly #tail: AsyncTail
  readonly #listeners: readonly LedgerListener[]
  #places: number[] = []
  #newest: LedgerLine[] = []
  #markers: MarkerList = NO_MARKERS
  #deciding: Map<string, LedgerLine> = new Map()
  #garbage = 0
  #failure: string | undefined
  #work: Promise<void> = Promise.resolve()
  #refreshedMs = Number.NEGATIVE_INFINITY

  constructor(path: string, roots: readonly string[], listeners: readonly LedgerListener[] = []) {
    this.#path = path
    this.#listeners = listeners
    this.#tail = followConfined(path, roots)
  }

  /**
   * Returns a page of the ledger.
   *
   * @param query `before`: only lines before this number (0-based); default: the end. `limit`: the maximum number of lines.
   */
  async page(query: { readonly before?: number | undefined; readonly limit: number }): Promise<LedgerPage> {
    await this.#refreshOrThrow()
    const total = this.#places.length
    const end = Math.min(total, query.before ?? total)
    const start = Math.max(0, end - query.limit)
    const lines = await this.#read(start, end)
    return { lines, total, start, cursor: this.#tail.cursor, garbage: this.#garbage }
  }

  /** Returns the changes that charts show, and the latest commands that were not applied. */
  async markers(): Promise<MarkerList> {
    await this.#refreshOrThrow()
    return this.#markers
  }

  /** Returns the line with the kernel's decision about a command, if it is among the latest lines. */
  async find(cid: string): Promise<LedgerLine | undefined> {
    await this.refresh()
    return this.#deciding.get(cid)
  }

  /** Returns the number of valid lines so far. */
  get total(): number {
    return this.#places.length
  }

  /** Returns the latest line. */
  get last(): LedgerLine | undefined {
    return this.#newest.at(-1)
  }

  /** Reads new lines. Concurrent calls share one read. */
  refresh(): Promise<void> {
    if (performance.now() - this.#refreshedMs < FRESH_MS) return this.#work
    this.#refreshedMs = performance.now()
    const before = this.#work
    this.#work = before.then(() => this.#readNew())
    return this.#work
  }

  /** Reads new lines, or throws if the ledger cannot be read, because an empty page would look as if nothing had happened. */
  async #refreshOrThrow(): Promise<void> {
    await this.refresh()
    if (this.#failure !== undefined) throw new Problem(503, 'unavailable', this.#failure)
  }

  async close(): Promise<void> {
    await this.#work
    await this.#tail.close()
  }

  async #readNew(): Promise<void> {
    try {
      for await (const batch of batchesOf(this.#path, this.#tail)) {
        if (batch.reset !== null || !this.#tail.exists) this.#forget()
        const lines = batch.lines.flatMap((line) => this.#take(line) ?? [])
        this.#markers = foldMarkers(this.#markers, lines)
        this.#garbage += batch.oversized.length
      }
      this.#failure = undefined
    } catch (error) {
      this.#failure = messageOf(error)
    }
    if (this.#newest.length <= KEPT * 1.5) return
    for (const { cid } of this.#newest.splice(0, this.#newest.length - KEPT)) {
      if (cid !== null) this.#deciding.delete(cid)
    }
  }

  #take({ text, offset }: TailLine): LedgerLine | undefined {
    const line = parseLine(text)
    if (line === undefined) {
      this.#garbage++
      return undefined
    }
    this.#places.push(offset)
    this.#newest.push(line)
    if (line.cid !== null) this.#deciding.set(line.cid, line)
    for (const listener of this.#listeners) listener.take(line)
    return line
  }

  async #read(start: number, end: number): Promise<LedgerLine[]> {
    const firstKept = this.#places.length - this.#newest.length
    const lines = this.#newest.slice(Math.max(0, start - firstKept), Math.max(0, end - firstKept))
    if (start >= firstKept) return lines
    const older: LedgerLine[] = []
    const last = Math.min(end, firstKept)
    for (let offset = this.#places[start] ?? 0; older.length < last - start; ) {
      const { lines: piece, to } = await this.#tail.readAt(offset)
      if (to === offset) break
      for (const { text } of piece) {
        const parsed = parseLine(text)
        if (parsed !== undefined && older.length < last - start) older.push(parsed)
      }
      offset = to
    }
    return [...older, ...lines]
  }

  #forget(): void {
    for (const listener of this.#listeners) listener.forget()
    this.#places = []
    this.#newest = []
    this.#markers = NO_MARKERS
    this.#deciding = new Map()
    this.#garbage = 0
  }
}

/** Parses one ledger line; undefined if it is malformed. */
export function parseLine(text: string): LedgerLine | undefined {
  const line = readStreamLine('ledger', text)
  return line.ok ? line.value : undefined
}

const KEPT = 20_000
const FRESH_MS = 10
