import type { AutopilotEvent } from '@hotcb/autopilot'
import type { LedgerLine } from '@hotcb/protocol'
import type { LaunchEnd } from './launch-end.ts'

/** An event of a launched run. */
export type LaunchEvent =
  /** A ledger line: a change, or one of the kernel's own lines. */
  | { readonly kind: 'change'; readonly line: LedgerLine }
  /** The latest metrics, a few times per second. */
  | { readonly kind: 'step'; readonly step: number; readonly metrics: Readonly<Record<string, number | null>> }
  /** A decision made by the rules. */
  | { readonly kind: 'autopilot'; readonly event: AutopilotEvent }
  /** A note for people, one line. */
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'ended'; readonly end: LaunchEnd }

/** Events for any number of readers. */
export interface Events {
  push(event: LaunchEvent): void
  /**
   * Yields events from now on; the first reader also gets the earlier notes. Ends after `ended`, or when the handle is
   * closed.
   */
  follow(): AsyncIterableIterator<LaunchEvent>
  close(): void
}

// The maximum number of waiting events. A reader that is slower than the training loses the oldest ones.
const MOST_WAITING = 10_000

export function createEvents(): Events {
  const readers = new Set<Reader>()
  /** The notes that a launch produces before its caller can follow its events. */
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
