import type { Cell } from '../../shared/sweeps/sweep-wire.ts'
import type { SweepData } from './sweep-data.ts'

/** The column by which the table is sorted: `index`, `state`, `step`, `value`, `seconds`, or `p:` and the name of a parameter. */
export interface Sorting {
  readonly column: string
  readonly isDescending: boolean
}

/** Parses a sort order such as `-value`. */
export function readSorting(text: string | null, direction: 'min' | 'max'): Sorting {
  if (text === null || text === '') return { column: 'value', isDescending: direction === 'max' }
  return text.startsWith('-') ? { column: text.slice(1), isDescending: true } : { column: text, isDescending: false }
}

export function sortingText({ column, isDescending }: Sorting): string {
  return isDescending ? `-${column}` : column
}

/** Returns the positions of all trials in order. Trials without a value come last, and ties are sorted by index. */
export function sortedPlaces(data: SweepData, { column, isDescending }: Sorting): Int32Array {
  const cells = cellsOf(data, column)
  const sign = isDescending ? -1 : 1
  const order = Int32Array.from(data.index, (_, place) => place)
  return order.sort((a, b) => {
    const byCell = compareCells(cells[a] ?? null, cells[b] ?? null, sign)
    return byCell === 0 ? (data.index[a] ?? 0) - (data.index[b] ?? 0) : byCell
  })
}

function cellsOf(data: SweepData, column: string): readonly Cell[] {
  if (column.startsWith('p:')) return data.params.get(column.slice(2)) ?? []
  if (column === 'state') return data.state
  if (column === 'step') return data.step
  if (column === 'value') return data.value
  if (column === 'seconds') return data.seconds
  return data.index
}

function compareCells(a: Cell, b: Cell, sign: number): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null)
  if (typeof a === 'number' && typeof b === 'number') return sign * (a - b)
  const [x, y] = [String(a), String(b)]
  return x === y ? 0 : x < y ? -sign : sign
}
