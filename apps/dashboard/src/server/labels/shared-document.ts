import { type AllowedFolders, readStampedDocumentAsync, replaceDocument } from '@hotcb/journal'
import { isObject, messageOf, PROTOCOL_VERSION, parseJson } from '@hotcb/protocol'
import { Problem } from '../problem.ts'
import { createOwnChanges } from './own-changes.ts'

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
 * This server makes its changes one after another. Another server may overwrite a change with a document that it read before. In that
 * case, the change is applied again.
 */
export function openSharedDocument(path: string, field: string, within: AllowedFolders): SharedDocument {
  let known = NOTHING
  let work: Promise<unknown> = Promise.resolve()
  const own = createOwnChanges()
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
    for (const [name, applied] of changes) next.set(name, own.changed(name, next.get(name), applied))
    const content = { ...document, protocol: PROTOCOL_VERSION, [field]: Object.fromEntries(next) }
    replaceDocument(path, `${JSON.stringify(content, null, 2)}\n`, { within })
    own.remember(changes, next)
    return next
  }
  async function store(changes: ReadonlyMap<string, EntryChange>): Promise<Entries> {
    const loaded = await loadUsable()
    const all = new Map<string, readonly EntryChange[]>()
    for (const [name, change] of changes) {
      const entry = loaded.entries.get(name)
      change.check?.(entry)
      all.set(name, [...own.lostFrom(name, entry), change])
    }
    return replace(loaded, all)
  }
  async function restore(): Promise<void> {
    if (own.names.length === 0) return
    const loaded = await loadUsable()
    const lost = own.names.map((name) => [name, own.lostFrom(name, loaded.entries.get(name))] as const)
    const some = lost.filter(([, changes]) => changes.length > 0)
    if (some.length > 0) replace(loaded, new Map(some))
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
      setTimeout(() => void restoreSoon().then(() => own.forget(changes)), LAST_CHECK_MS).unref()
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

const NOTHING: Loaded = { stamp: '', document: {}, entries: new Map(), problem: null }
// How long after a change it is checked, in milliseconds. Another server may have read the document before the change and replaced it
// afterwards, even several seconds later if its host is busy.
const CHECKS_MS = [100, 1000, 5000]
const LAST_CHECK_MS = 20_000

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
