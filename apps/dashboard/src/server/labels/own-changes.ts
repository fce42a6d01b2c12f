import { randomUUID } from 'node:crypto'
import { isObject } from '@hotcb/protocol'
import type { Entries, Entry, EntryChange } from './shared-document.ts'

/** The changes that this server made to a document a short while ago, and which another server may still overwrite. */
export interface OwnChanges {
  /** The names of the entries that were changed. */
  readonly names: readonly string[]
  /** Returns the entry after these changes, with its counts increased. */
  changed(name: string, entry: Entry | undefined, changes: readonly EntryChange[]): Entry
  /** Remembers changes that were written, and the entries that contain them. */
  remember(changes: ReadonlyMap<string, readonly EntryChange[]>, entries: Entries): void
  /** Returns the remembered changes to an entry if the entry does not contain all of them. */
  lostFrom(name: string, entry: Entry | undefined): readonly EntryChange[]
  forget(changes: ReadonlyMap<string, EntryChange>): void
}

/**
 * Creates an empty record of changes, with a random name for this server.
 *
 * In each entry, `rev` counts all changes, and `writers` counts those of each server. A server that read the document before our change
 * and replaced it afterwards writes a smaller count for us, however many changes it makes.
 */
export function createOwnChanges(): OwnChanges {
  // The letter prevents a key that looks like a number, which JavaScript would move to the front.
  const writer = `w${randomUUID().slice(0, 8)}`
  const written = new Map<string, Written>()
  return {
    get names() {
      return [...written.keys()]
    },
    changed(name, entry, changes) {
      const after = changes.reduce<Entry | undefined>((before, { apply }) => apply(before), entry)
      const count = Math.max(countOf(entry, writer), written.get(name)?.count ?? 0) + 1
      return { ...after, rev: numberIn(entry?.['rev']) + 1, writers: withCount(entry, writer, count) }
    },
    remember(changes, entries) {
      for (const [name, applied] of changes) {
        const earlier = written.get(name)?.changes ?? []
        const added = applied.filter((change) => !earlier.includes(change))
        written.set(name, { changes: [...earlier, ...added], count: countOf(entries.get(name), writer) })
      }
    },
    lostFrom(name, entry) {
      const { changes, count } = written.get(name) ?? NONE
      return countOf(entry, writer) < count ? changes : []
    },
    forget(changes) {
      for (const [name, change] of changes) {
        const { changes: all, count } = written.get(name) ?? NONE
        const rest = all.filter((one) => one !== change)
        if (rest.length > 0) written.set(name, { changes: rest, count })
        else written.delete(name)
      }
    },
  }
}

interface Written {
  /** In the order in which they were made. */
  readonly changes: readonly EntryChange[]
  /** How many times this server had changed the entry when it last wrote it. */
  readonly count: number
}

const NONE: Written = { changes: [], count: 0 }
// Each start of a server adds a writer; only the latest ones can still have lost changes.
const MOST_WRITERS = 16

function writersOf(entry: Entry | undefined): Readonly<Record<string, unknown>> {
  const writers = entry?.['writers']
  return isObject(writers) ? writers : {}
}

function countOf(entry: Entry | undefined, writer: string): number {
  return numberIn(writersOf(entry)[writer])
}

/** A count that a person may have damaged. */
function numberIn(count: unknown): number {
  return typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 ? count : 0
}

/** Returns the entry's writers with this count. The writer becomes the last one; the first ones are dropped if there are too many. */
function withCount(entry: Entry | undefined, writer: string, count: number): Readonly<Record<string, unknown>> {
  const others = Object.entries(writersOf(entry)).filter(([name]) => name !== writer)
  return Object.fromEntries([...others, [writer, count]].slice(-MOST_WRITERS))
}
