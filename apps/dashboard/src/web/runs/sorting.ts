import type { RunRow } from '../../shared/wire.ts'

/** Columns that the table of runs can be sorted by. */
export type SortKey = 'name' | 'status' | 'step' | 'speed' | 'key' | 'change' | 'updated'

/** How the table is sorted: `updated` or `-updated`; the minus is descending. */
export interface Sorting {
  readonly key: SortKey
  readonly isDescending: boolean
}

const KEYS: readonly SortKey[] = ['name', 'status', 'step', 'speed', 'key', 'change', 'updated']

/** Reads `-updated`; anything else means the newest first. */
export function parseSorting(text: string | null): Sorting {
  const key = KEYS.find((known) => known === text?.replace('-', ''))
  return key === undefined
    ? { key: 'updated', isDescending: true }
    : { key, isDescending: text?.startsWith('-') === true }
}

/** Rows that contain every word of the filter (`status:running` checks one field), sorted. */
export function arrange(rows: Iterable<RunRow>, filter: string, { key, isDescending }: Sorting): RunRow[] {
  const words = filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  const found = [...rows].filter((row) => words.every((word) => fits(row, word)))
  const sign = isDescending ? -1 : 1
  return found.sort((a, b) => {
    const [x, y] = [sortValue(a, key), sortValue(b, key)]
    // What is not known comes last, whichever way.
    if (x === null || y === null) return (x === null ? 1 : 0) - (y === null ? 1 : 0) || COLLATOR.compare(a.name, b.name)
    const order = typeof x === 'number' && typeof y === 'number' ? x - y : COLLATOR.compare(String(x), String(y))
    return sign * order || COLLATOR.compare(a.name, b.name)
  })
}

const COLLATOR = new Intl.Collator('en', { numeric: true })
const ORDER = { running: 0, paused: 1, unknown: 2, silent: 3, idle: 4, finished: 5 }

function fits(row: RunRow, word: string): boolean {
  const field = /^(status|config|freeze|seed):(.*)$/.exec(word)
  if (field !== null) {
    const [, name, wanted = ''] = field
    const value =
      name === 'status' ? row.status : name === 'config' ? row.config : name === 'seed' ? row.seed : row.freeze
    return String(value ?? '')
      .toLowerCase()
      .startsWith(wanted)
  }
  return [row.name, row.status, row.config, row.last_change?.text].some(
    (text) => text?.toLowerCase().includes(word) === true,
  )
}

function sortValue(row: RunRow, key: SortKey): string | number | null {
  switch (key) {
    case 'name':
      return row.name
    case 'status':
      return ORDER[row.status]
    case 'step':
      return row.step
    case 'speed':
      return row.steps_per_second
    case 'key':
      return row.key_metric?.value ?? null
    case 'change':
      return row.last_change?.wall_time ?? null
    case 'updated':
      return row.updated
    default:
      return key satisfies never
  }
}
