import type { CommandQueue } from './ports.ts'
import type { PendingAck } from './snapshot.ts'

/** Writes acks, and keeps those that are not on disk yet. */
export interface UnwrittenAcks {
  /** Acks that are not known to be on disk. */
  readonly kept: readonly PendingAck[]
  /** The last ack on disk; null if unknown. */
  readonly lastWritten: string | null
  ids(): readonly string[]
  /** Records that the acks on disk were read up to this one. */
  begin(last: string | null): void
  add(ack: PendingAck): void
  /** Writes the acks. Returns the reason if that fails; unwritten acks are kept. */
  flush(): string | null
}

export function createUnwrittenAcks(queue: CommandQueue): UnwrittenAcks {
  let fresh: PendingAck[] = []
  // The acks that were passed to the file but are not all on disk.
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
