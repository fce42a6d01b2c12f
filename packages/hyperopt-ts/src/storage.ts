import type { StudyEvent } from './event.ts'

/**
 * Where the events of one study are kept.
 *
 * A study reads all its data from here, so studies that share a storage share their trials, across processes when
 * the storage does.
 */
export interface Storage {
  /** Events from index `from` on, in the one order that all readers see. An index once read never changes. */
  readonly read: (from: number) => readonly StudyEvent[]
  /** Appends an event and returns the index it got. Other writers may have got in before. */
  readonly append: (event: StudyEvent) => number
  /** Milliseconds since 1970, for studies without their own clock. */
  readonly clock?: () => number
  /** The owner, such as `host:pid`, for studies without their own. */
  readonly owner?: string
}

/** A storage that lives as long as the process; studies of one process may share it. */
export function memoryStorage(): Storage {
  const events: StudyEvent[] = []
  return {
    read: (from) => events.slice(from),
    append: (event) => events.push(event) - 1,
  }
}
