import type { LedgerLine } from '@hotcb/protocol'
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import { foldMarkers, NO_MARKERS } from '../../shared/markers.ts'
import type { LedgerPage, Marker, MarkerList } from '../../shared/wire.ts'
import { ask, runPath } from '../api.ts'
import { followLines } from './follow-lines.ts'
import { type OpenStream, quietly, type StreamHost } from './stream.ts'

/** The loaded part of the ledger: the latest lines, without gaps. */
export interface LedgerView {
  readonly lines: readonly LedgerLine[]
  /** How many lines are before the first of `lines`. */
  readonly start: number
  readonly total: number
  /** The number of malformed lines. */
  readonly garbage: number
}

/** A run's ledger, and the changes that charts mark. */
export interface LedgerStream extends OpenStream {
  readonly view: Signal<LedgerView | undefined>
  readonly markers: ReadonlySignal<readonly Marker[]>
  /** The latest commands that were not applied. */
  readonly refused: ReadonlySignal<readonly Marker[]>
  /** Loads older lines than the loaded ones. */
  loadOlder(): Promise<void>
}

/** The latest lines, and all markers up to them. */
type Page = LedgerPage & { readonly known: MarkerList }

export function openLedger({ id, answers }: StreamHost): LedgerStream {
  const view = signal<LedgerView | undefined>(undefined)
  const list = signal<MarkerList>(NO_MARKERS)
  const markers = computed(() => list.value.markers)
  const refused = computed(() => list.value.refused)

  async function load(): Promise<Page> {
    const known = await ask<MarkerList>(runPath(id, 'markers'))
    const page = await ask<LedgerPage>(runPath(id, 'ledger?limit=500'))
    // Lines that were written between the two answers are only in the second one.
    return { ...page, known: foldMarkers(known, page.lines.slice(Math.max(0, known.lines - page.start))) }
  }

  const lines = followLines({
    run: id,
    channel: 'ledger',
    load,
    onPage({ lines, start, total, garbage, known }) {
      list.value = known
      view.value = { lines, start, total, garbage }
      answers.seed(lines)
    },
    onData(lines) {
      if (lines.length === 0) return
      const before = view.value ?? { lines: [], start: 0, total: 0, garbage: 0 }
      view.value = { ...before, lines: [...before.lines, ...lines], total: before.total + lines.length }
      answers.take(lines)
      list.value = foldMarkers(list.value, lines)
    },
  })

  return {
    view,
    markers,
    refused,
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
