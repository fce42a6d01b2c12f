import { type AllowedFolders, readStampedDocumentAsync, replaceDocument } from '@hotcb/journal'
import { isObject, messageOf, PROTOCOL_VERSION, parseJson, sameJson } from '@hotcb/protocol'
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
 * Opens a document `{protocol, [field]: {name: {..., rev}}}`.
 *
 * This server makes its changes one after another. `rev` counts the changes to an entry. If another server replaced the document
 * with one that was based on an older version, the content of the entry differs from ours, and its `rev` is not above ours. In
 * that case, our change is applied again.
 */
export function openSharedDocument(path: string, field: string, within: AllowedFolders): SharedDocument {
  let known = NOTHING
  let work: Promise<unknown> = Promise.resolve()
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
    for (const [name, applied] of changes) {
      const before = next.get(name)
      const after = applied.reduce<Entry | undefined>((entry, { apply }) => apply(entry), before)
      next.set(name, { ...after, rev: revOf(before) + 1 })
    }
    const content = { ...document, protocol: PROTOCOL_VERSION, [field]: Object.fromEntries(next) }
    replaceDocument(path, `${JSON.stringify(content, null, 2)}\n`, { within })
    for (const [name, applied] of changes) {
      written.set(name, { changes: applied, content: next.get(name) ?? {}, untilMs: performance.now() + WATCHED_MS })
    }
    return next
  }
  async function store(changes: ReadonlyMap<string, EntryChange>): Promise<Entries> {
    const loaded = await loadUsable()
    for (const [name, { check }] of changes) check?.(loaded.entries.get(name))
    forgetOld()
    const all = [...changes].map(([name, change]) => [name, [...(written.get(name)?.changes ?? []), change]] as const)
    return replace(loaded, new Map(all))
  }
  async function restore(): Promise<void> {
    forgetOld()
    if (written.size === 0) return
    const loaded = await loadUsable()
    const lost = [...written].filter(([name, { content }]) => isLost(loaded.entries.get(name), content))
    if (lost.length > 0) replace(loaded, new Map(lost.map(([name, { changes }]) => [name, changes])))
  }
  function forgetOld(): void {
    for (const [name, { untilMs }] of written) if (performance.now() > untilMs) written.delete(name)
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
      for (const afterMs of CHECKS_MS) setTimeout(() => void queue(restore).catch(() => undefined), afterMs).unref()
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
  /** All changes of the last few seconds, in order. */
  readonly changes: readonly EntryChange[]
  readonly content: Entry
  readonly untilMs: number
}

const NOTHING: Loaded = { stamp: '', document: {}, entries: new Map(), problem: null }
const WATCHED_MS = 5000
// How long after a change it is checked, in milliseconds. Another server may have read the document before the change and replaced it
// afterwards.
const CHECKS_MS = [100, 1000, 4000]

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

function isLost(found: Entry | undefined, ours: Entry): boolean {
  return revOf(found) <= revOf(ours) && !(found !== undefined && sameJson(found, ours))
}
