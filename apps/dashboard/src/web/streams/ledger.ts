import type { LedgerLine } from '@hotcb/protocol'
import { type Signal, signal } from '@preact/signals'
import type { LedgerPage, Marker } from '../../shared/wire.ts'
import { ask, runPath } from '../api.ts'
import { followLines } from './follow-lines.ts'
import { type OpenStream, quietly, type StreamHost } from './stream.ts'

/** The part of the ledger that is at hand: the newest lines, without a gap. */
export interface LedgerView {
  readonly lines: readonly LedgerLine[]
  /** How many lines are before the first of `lines`. */
  readonly start: number
  readonly total: number
  /** Lines that cannot be read. */
  readonly garbage: number
}

/** What was decided, and the changes that are marked on charts. */
export interface LedgerStream extends OpenStream {
  readonly view: Signal<LedgerView | undefined>
  readonly markers: Signal<readonly Marker[]>
  /** Fetches lines from before those that are here. */
  loadOlder(): Promise<void>
}

export function openLedger({ id, answers }: StreamHost): LedgerStream {
  const view = signal<LedgerView | undefined>(undefined)
  const markers = signal<readonly Marker[]>([])

  async function loadMarkers(): Promise<void> {
    const answer = await quietly(ask<{ readonly markers: readonly Marker[] }>(runPath(id, 'markers')))
    if (answer !== undefined) markers.value = answer.markers
  }

  const lines = followLines({
    run: id,
    channel: 'ledger',
    load() {
      void loadMarkers()
      return ask<LedgerPage>(runPath(id, 'ledger?limit=500'))
    },
    onPage({ lines, start, total, garbage }) {
      view.value = { lines, start, total, garbage }
      answers.seed(lines)
    },
    onData(lines) {
      if (lines.length === 0) return
      const before = view.value ?? { lines: [], start: 0, total: 0, garbage: 0 }
      view.value = { ...before, lines: [...before.lines, ...lines], total: before.total + lines.length }
      answers.take(lines)
      if (lines.some((line) => line.decision === 'applied')) void loadMarkers()
    },
  })

  return {
    view,
    markers,
    ...lines,
    async loadOlder() {
      const { start } = view.value ?? { start: 0 }
      if (start === 0) return
      const page = await quietly(ask<LedgerPage>(runPath(id, `ledger?limit=1000&before=${start}`)))
      const now = view.value
      if (page === undefined || now === undefined || now.start !== start) return
      view.value = { ...now, start: page.start, lines: [...page.lines, ...now.lines] }
    },
  }
}
