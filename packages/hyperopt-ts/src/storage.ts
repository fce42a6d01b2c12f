import type { StudyEvent } from './event.ts'

/**
 * The place where one study's events are kept.
 *
 * A study reads all its data from here, so studies that share a storage share their trials, even across processes if the
 * storage supports it.
 */
export interface Storage {
  /** Returns the events from index `from` on, in the same order for all readers. An event that has been read never changes. */
  readonly read: (from: number) => readonly StudyEvent[]
  /** Appends an event and returns its index. Other writers may have appended events before it. */
  readonly append: (event: StudyEvent) => number
  /** Returns milliseconds since 1970, for studies without their own clock. */
  readonly clock?: () => number
  /** The owner, such as `host:pid`, for studies without their own owner. */
  readonly owner?: string
}

/** Creates a storage that lives as long as the process. Studies in the same process may share it. */
export function memoryStorage(): Storage {
  const events: StudyEvent[] = []
  return {
    read: (from) => events.slice(from),
    append: (event) => events.push(event) - 1,
  }
}
