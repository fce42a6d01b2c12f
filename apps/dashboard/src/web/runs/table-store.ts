import { messageOf } from '@hotcb/protocol'
import { signal } from '@preact/signals'
import type { TableGroup, TablePage, TableQuery, TableRow } from '../../shared/table/table-wire.ts'
import { send } from '../api.ts'

/** The table as far as it is known. */
export interface TableState {
  readonly total: number
  readonly found: number
  readonly groups: readonly TableGroup[]
  /** Rows by their place in the order of the table: those in sight, and some that were. */
  readonly rows: ReadonlyMap<number, TableRow>
  readonly unread: number
  readonly problems: readonly string[]
}

/** Undefined until the first answer. */
export const table = signal<TableState | undefined>(undefined)
/** Why the last request failed; null if it did not. */
export const tableProblem = signal<string | null>(null)

let query: TableQuery = {}
let key = ''
let version = ''
let answeredKey = ''
let sight = { start: 0, end: 60 }
let isBusy = false
let isAgain = false

/** Keeps the table up to date until the function that this gives is called. */
export function followTable(): () => void {
  const timer = setInterval(() => {
    if (document.visibilityState === 'visible') void load()
  }, POLL_MS)
  return () => clearInterval(timer)
}

/** Shows another filter, order or choice of columns. */
export function setTableQuery(next: TableQuery): void {
  const nextKey = JSON.stringify(next)
  if (nextKey === key) return
  query = next
  key = nextKey
  version = ''
  void load()
}

/** Says which places are in sight. */
export function wantRows(start: number, end: number): void {
  const from = Math.max(0, Math.floor(start / STRIDE) * STRIDE)
  const to = Math.max(from + STRIDE, Math.ceil(end / STRIDE) * STRIDE)
  if (from === sight.start && to === sight.end) return
  sight = { start: from, end: to }
  version = ''
  void load()
}

/** Reads what is in sight again, such as after a change of labels. */
export function reloadTable(): Promise<void> {
  version = ''
  return load()
}

/** The names of all runs that a query finds, in order. */
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
    // Rows of the same order stay while others are in sight; those of another one must not be mixed in.
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
