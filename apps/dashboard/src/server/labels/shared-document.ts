import { randomUUID } from 'node:crypto'
import { type AllowedFolders, readStampedDocumentAsync, replaceDocument } from '@hotcb/journal'
import { isObject, messageOf, PROTOCOL_VERSION, parseJson } from '@hotcb/protocol'
import { Problem } from '../problem.ts'

/** The entries of a document, by name. */
export type Entries = ReadonlyMap<string, Entry>

export type Entry = Readonly<Record<string, unknown>>

/** A change to one entry. Applying it twice must have the same effect as applying it once. */
export interface EntryChange {
  /** Throws a {@link Problem} to reject the change. It is called once, before anything is changed. */
  readonly check?: (entry: Entry | undefined) => void
  readonly apply: (entry: Entry | undefined) => Entry
}

/** A JSON document that several servers and people change, one entry at a time. */
export interface SharedDocument {
  /** Returns the current entries, and the reason if the document cannot be read. */
  read(): Promise<{ readonly entries: Entries; readonly stamp: string; readonly problem: string | null }>
  /** Changes all these entries together, or none of them. */
  change(changes: ReadonlyMap<string, EntryChange>): Promise<Entries>
}

/**
 * Opens a document `{protocol, [field]: {name: {..., rev, writers}}}`.
 *
 * This server makes its changes one after another. In each entry, `rev` counts all changes, and `writers` counts those of each server. A
 * server that read the document before our change and replaced it afterwards writes a smaller count for us, however many changes it
 * makes. In that case, our changes are applied again.
 */
export function openSharedDocument(path: string, field: string, within: AllowedFolders): SharedDocument {
  let known = NOTHING
  let work: Promise<unknown> = Promise.resolve()
  // The letter prevents a key that looks like a number, which JavaScript would move to the front.
  const writer = `w${randomUUID().slice(0, 8)}`
  const written = new Map<string, Written>()
  async function load(): Promise<Loaded> {
    const read = await readStampedDocumentAsync(path, { within, known: known.stamp })
    if (read === 'same') return known
    known = read === null ? NOTHING : { stamp: read.stamp, ...parseEntries(read.text, field) }
    return known
  }
  async function loadUsable(): Promise<Loaded> {
    const loaded = await load()
    if (loaded.problem === null) return loaded
    throw new Problem(409, 'unavailable', `\`${path}\` ${loaded.problem}: fix it or move it away, then try again`)
  }
  function replace({ document, entries }: Loaded, changes: ReadonlyMap<string, readonly EntryChange[]>): Entries {
    const next = new Map(entries)
    const counts = new Map<string, number>()
    for (const [name, applied] of changes) {
      const before = next.get(name)
      const after = applied.reduce<Entry | undefined>((entry, { apply }) => apply(entry), before)
      const count = Math.max(countOf(before, writer), written.get(name)?.count ?? 0) + 1
      counts.set(name, count)
      next.set(name, { ...after, rev: revOf(before) + 1, writers: withCount(before, writer, count) })
    }
    const content = { ...document, protocol: PROTOCOL_VERSION, [field]: Object.fromEntries(next) }
    replaceDocument(path, `${JSON.stringify(content, null, 2)}\n`, { within })
    for (const [name, count] of counts) {
      const earlier = written.get(name)?.changes ?? []
      const added = (changes.get(name) ?? []).filter((change) => !earlier.includes(change))
      written.set(name, { changes: [...earlier, ...added], count })
    }
    return next
  }
  /** Returns the changes to an entry that the document has lost. */
  function lostFrom(entries: Entries, name: string): readonly EntryChange[] {
    const { changes, count } = written.get(name) ?? { changes: [], count: 0 }
    return countOf(entries.get(name), writer) < count ? changes : []
  }
  async function store(changes: ReadonlyMap<string, EntryChange>): Promise<Entries> {
    const loaded = await loadUsable()
    for (const [name, { check }] of changes) check?.(loaded.entries.get(name))
    const all = [...changes].map(([name, change]) => [name, [...lostFrom(loaded.entries, name), change]] as const)
    return replace(loaded, new Map(all))
  }
  async function restore(): Promise<void> {
    if (written.size === 0) return
    const loaded = await loadUsable()
    const lost = [...written.keys()].map((name) => [name, lostFrom(loaded.entries, name)] as const)
    const some = lost.filter(([, changes]) => changes.length > 0)
    if (some.length > 0) replace(loaded, new Map(some))
  }
  function forget(changes: ReadonlyMap<string, EntryChange>): void {
    for (const [name, change] of changes) {
      const { changes: all, count } = written.get(name) ?? { changes: [], count: 0 }
      const rest = all.filter((one) => one !== change)
      if (rest.length > 0) written.set(name, { changes: rest, count })
      else written.delete(name)
    }
  }
  function queue<Value>(task: () => Promise<Value>): Promise<Value> {
    const done = work.then(task)
    work = done.catch(() => undefined)
    return done
  }
  return {
    async read() {
      try {
        const { entries, stamp, problem } = await load()
        return { entries, stamp, problem: problem === null ? null : `\`${path}\` ${problem}` }
      } catch (error) {
        return { entries: known.entries, stamp: known.stamp, problem: messageOf(error) }
      }
    },
    async change(changes) {
      const entries = await queue(() => store(changes))
      const restoreSoon = () => queue(restore).catch(() => undefined)
      for (const afterMs of CHECKS_MS) setTimeout(restoreSoon, afterMs).unref()
      setTimeout(() => void restoreSoon().then(() => forget(changes)), LAST_CHECK_MS).unref()
      return entries
    },
  }
}

interface Loaded {
  readonly stamp: string
  /** The whole document, including fields that other programs added, which are kept. */
  readonly document: Readonly<Record<string, unknown>>
  readonly entries: Entries
  readonly problem: string | null
}

interface Written {
  /** Changes that are still being checked, in order. */
  readonly changes: readonly EntryChange[]
  /** How many changes this server had made to the entry when it last wrote the entry. */
  readonly count: number
}

const NOTHING: Loaded = { stamp: '', document: {}, entries: new Map(), problem: null }
// How long after a change it is checked, in milliseconds. Another server may have read the document before the change and replaced it
// afterwards, even several seconds later if its host is busy.
const CHECKS_MS = [100, 1000, 5000]
const LAST_CHECK_MS = 20_000
// Each start of a server adds a writer; only the latest ones can still have lost changes.
const MOST_WRITERS = 16

function parseEntries(text: string, field: string): Omit<Loaded, 'stamp'> {
  const { document, entries } = NOTHING
  const parsed = parseJson(text)
  if (!parsed.ok) return { document, entries, problem: `is not JSON: ${parsed.reason}` }
  const { value } = parsed
  const all = isObject(value) ? (value[field] ?? {}) : undefined
  if (!isObject(value) || !isObject(all)) return { document, entries, problem: `must be an object with \`${field}\`` }
  const { protocol } = value
  if (typeof protocol === 'number' && protocol > PROTOCOL_VERSION) {
    const problem = `has protocol ${protocol}, and this server writes protocol ${PROTOCOL_VERSION}`
    return { document, entries, problem }
  }
  const read = new Map<string, Entry>()
  for (const [name, entry] of Object.entries(all)) if (isObject(entry)) read.set(name, entry)
  return { document: value, entries: read, problem: null }
}

function revOf(entry: Entry | undefined): number {
  const rev = entry?.['rev']
  return typeof rev === 'number' && Number.isSafeInteger(rev) && rev >= 0 ? rev : 0
}

function writersOf(entry: Entry | undefined): Readonly<Record<string, unknown>> {
  const writers = entry?.['writers']
  return isObject(writers) ? writers : {}
}

function countOf(entry: Entry | undefined, writer: string): number {
  const count = writersOf(entry)[writer]
  return typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 ? count : 0
}

/** Returns the entry's writers with this count. The writer becomes the last one; the first ones are dropped if there are too many. */
function withCount(entry: Entry | undefined, writer: string, count: number): Readonly<Record<string, unknown>> {
  const others = Object.entries(writersOf(entry)).filter(([name]) => name !== writer)
  return Object.fromEntries([...others, [writer, count]].slice(-MOST_WRITERS))
}
