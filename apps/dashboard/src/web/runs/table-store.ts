import { messageOf } from '@hotcb/protocol'
import { signal } from '@preact/signals'
import type { TableGroup, TablePage, TableQuery, TableRow } from '../../shared/table/table-wire.ts'
import { send } from '../api.ts'

/** The loaded part of the table. */
export interface TableState {
  readonly total: number
  readonly found: number
  readonly groups: readonly TableGroup[]
  /** Rows by their position in the table: the visible ones, and some that were visible before. */
  readonly rows: ReadonlyMap<number, TableRow>
  readonly unread: number
  readonly problems: readonly string[]
}

/** Undefined until the first answer. */
export const table = signal<TableState | undefined>(undefined)
/** Why the last request failed; null if it succeeded. */
export const tableProblem = signal<string | null>(null)

let query: TableQuery = {}
let key = ''
let version = ''
let answeredKey = ''
let sight = { start: 0, end: 60 }
let isBusy = false
let isAgain = false

/** Keeps the table up to date until the returned function is called. */
export function followTable(): () => void {
  const timer = setInterval(() => {
    if (document.visibilityState === 'visible') void load()
  }, POLL_MS)
  return () => clearInterval(timer)
}

/** Changes the filter, the order or the columns. */
export function setTableQuery(next: TableQuery): void {
  const nextKey = JSON.stringify(next)
  if (nextKey === key) return
  query = next
  key = nextKey
  version = ''
  void load()
}

/** Sets the range of visible positions. */
export function wantRows(start: number, end: number): void {
  const from = Math.max(0, Math.floor(start / STRIDE) * STRIDE)
  const to = Math.max(from + STRIDE, Math.ceil(end / STRIDE) * STRIDE)
  if (from === sight.start && to === sight.end) return
  sight = { start: from, end: to }
  version = ''
  void load()
}

/** Rereads the visible rows, for example after a label change. */
export function reloadTable(): Promise<void> {
  version = ''
  return load()
}

/** Returns the ids of all runs that match a query, in order. */
export async function findAll(wanted: TableQuery, most: number): Promise<readonly string[]> {
  const ids: string[] = []
  for (let offset = 0; offset < most; ) {
    const part = await send<TablePage>('table', { ...wanted, columns: [], offset, limit: Math.min(500, most - offset) })
    ids.push(...part.rows.map(({ row }) => row.id))
    offset += part.rows.length
    if (part.rows.length === 0 || offset >= part.found) break
  }
  return ids
}

async function load(): Promise<void> {
  if (isBusy) {
    isAgain = true
    return
  }
  isBusy = true
  try {
    do {
      isAgain = false
      await loadOnce()
    } while (isAgain)
  } finally {
    isBusy = false
  }
}

async function loadOnce(): Promise<void> {
  const asked = { key, sight, query }
  const limit = Math.min(500, sight.end - sight.start)
  try {
    const part = await send<TablePage>('table', {
      ...asked.query,
      offset: asked.sight.start,
      limit,
      ...(version !== '' && { version }),
    })
    tableProblem.value = null
    if (part.unchanged || asked.key !== key) return
    version = asked.sight === sight ? part.version : ''
    // Rows of the same order are kept while others are visible. Rows of a different order must not be mixed in.
    const rows = new Map(answeredKey === key ? table.value?.rows : [])
    for (const place of rows.keys())
      if (Math.abs(place - part.offset) > KEPT_ROWS || place >= part.found) rows.delete(place)
    for (const [i, row] of part.rows.entries()) rows.set(part.offset + i, row)
    answeredKey = key
    const { total, found, groups, unread, problems } = part
    table.value = { total, found, groups, rows, unread, problems }
  } catch (error) {
    version = ''
    tableProblem.value = messageOf(error)
  }
}

const POLL_MS = 1000
const STRIDE = 50
const KEPT_ROWS = 400
