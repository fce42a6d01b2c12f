import type { CommandQueue } from './ports.ts'
import type { PendingAck } from './snapshot.ts'

/** Acks on their way to the disk. */
export interface UnwrittenAcks {
  /** Acks that are not known to be on disk. */
  readonly kept: readonly PendingAck[]
  /** The last ack on disk; null if unknown. */
  readonly lastWritten: string | null
  ids(): readonly string[]
  /** The acks on disk were read, up to this one. */
  begin(last: string | null): void
  add(ack: PendingAck): void
  /** Writes them; returns the reason if that fails. Unwritten acks are kept. */
  flush(): string | null
}

export function createUnwrittenAcks(queue: CommandQueue): UnwrittenAcks {
  let fresh: PendingAck[] = []
  // Passed to the file, but not all on disk.
  let kept: PendingAck[] = []
  let lastWritten: string | null = null
  return {
    get kept() {
      return kept
    },
    get lastWritten() {
      return lastWritten
    },
    ids: () => [...kept, ...fresh].map(({ id }) => id),
    begin(last) {
      lastWritten = last
    },
    add: (ack) => void fresh.push(ack),
    flush() {
      if (fresh.length === 0 && kept.length === 0) return null
      const text = fresh.map(({ line }) => line).join('')
      kept = kept.length === 0 ? fresh : [...kept, ...fresh]
      fresh = []
      const failure = text === '' ? queue.flush() : queue.append(text)
      if (failure === null) {
        lastWritten = kept.at(-1)?.id ?? lastWritten
        kept = []
      }
      return failure
    },
  }
}
