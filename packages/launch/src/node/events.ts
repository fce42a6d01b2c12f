import type { AutopilotEvent } from '@hotcb/autopilot'
import type { LedgerLine } from '@hotcb/protocol'
import type { LaunchEnd } from './launch-end.ts'

/** An event of a launched run. */
export type LaunchEvent =
  /** A line of the ledger: a change, and the kernel's own lines. */
  | { readonly kind: 'change'; readonly line: LedgerLine }
  /** The newest metrics, a few times a second. */
  | { readonly kind: 'step'; readonly step: number; readonly metrics: Readonly<Record<string, number | null>> }
  /** A decision of the rules. */
  | { readonly kind: 'autopilot'; readonly event: AutopilotEvent }
  /** A note for people, one line. */
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'ended'; readonly end: LaunchEnd }

/** Events for any number of readers. */
export interface Events {
  push(event: LaunchEvent): void
  /** Events from now on, and for the first reader the notes from before it; ends behind `ended`, or when everything is closed. */
  follow(): AsyncIterableIterator<LaunchEvent>
  close(): void
}

// A reader that is slower than the training loses the oldest.
const MOST_WAITING = 10_000

export function createEvents(): Events {
  const readers = new Set<Reader>()
  /** A launch has notes before anyone can ask for its events. */
  let early: LaunchEvent[] = []
  let isClosed = false
  return {
    push(event) {
      if (readers.size === 0 && event.kind === 'note' && early.length < MOST_WAITING) early.push(event)
      for (const reader of readers) reader.take(event)
    },
    follow() {
      const reader = createReader(() => readers.delete(reader))
      for (const event of early) reader.take(event)
      early = []
      if (isClosed) reader.end()
      else readers.add(reader)
      return reader.iterator
    },
    close() {
      isClosed = true
      for (const reader of readers) reader.end()
    },
  }
}

interface Reader {
  readonly iterator: AsyncIterableIterator<LaunchEvent>
  take(event: LaunchEvent): void
  end(): void
}

function createReader(onLeave: () => void): Reader {
  const waiting: LaunchEvent[] = []
  let isOver = false
  let wake = (): void => undefined
  const iterator: AsyncIterableIterator<LaunchEvent> = {
    [Symbol.asyncIterator]: () => iterator,
    async next() {
      for (;;) {
        const event = waiting.shift()
        if (event !== undefined) return { value: event, done: false }
        if (isOver) return { value: undefined, done: true }
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
    async return() {
      isOver = true
      onLeave()
      return { value: undefined, done: true }
    },
  }
  return {
    iterator,
    take(event) {
      waiting.push(event)
      if (waiting.length > MOST_WAITING) waiting.shift()
      wake()
    },
    end() {
      isOver = true
      wake()
    },
  }
}
