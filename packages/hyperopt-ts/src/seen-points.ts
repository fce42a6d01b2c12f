import { activeGroups, type Group, type Layout } from './layout.ts'

// With more rows than this, free rows are found by changing a row at random instead of checking all rows.
const MOST_ROWS = 4096

/**
 * The points of a discrete space that have been tried.
 *
 * A point consists of its groups' rows in the order in which they are chosen: the root's row, followed by those of the arms.
 * For each prefix of a point, the number of tried points with that prefix is known, so a sampler can avoid prefixes whose
 * completions have all been tried.
 */
export class SeenPoints {
  readonly #layout: Layout
  readonly #whole = new Set<string>()
  readonly #counts = new Map<string, number>()

  constructor(layout: Layout) {
    this.#layout = layout
    this.isOfUse = Number.isFinite(countPoints(layout.root))
  }

  /** False if the space is not discrete, in which case there are always points left. */
  readonly isOfUse: boolean

  /** Adds a point that has been tried. */
  add(point: ArrayLike<number>): void {
    if (!this.isOfUse) return
    const beginnings = this.#keys(point)
    const key = beginnings.at(-1) ?? ''
    if (this.#whole.has(key)) return
    this.#whole.add(key)
    for (const beginning of beginnings) this.#counts.set(beginning, (this.#counts.get(beginning) ?? 0) + 1)
  }

  /** True if the point has been tried; always false in a space that is not discrete. */
  has(point: ArrayLike<number>): boolean {
    return this.isOfUse && this.#whole.has(this.#keys(point).at(-1) ?? '')
  }

  /** Returns the number of different points with this prefix that have been tried. */
  count(beginning: string): number {
    return this.#counts.get(beginning) ?? 0
  }

  /** Returns the keys of the prefixes of a point; the last one is the whole point. */
  #keys(point: ArrayLike<number>): string[] {
    let key = ''
    return activeGroups(this.#layout, point).map((group) => {
      const row = group.members.map(({ index }) => point[index] ?? Number.NaN)
      key = extend(key, group, row)
      return key
    })
  }
}

/** Follows one point while it is chosen row by row. */
export class PointWalk {
  readonly #seen: SeenPoints
  #beginning = ''
  /** The number of points in each group that is still to be chosen. */
  #pending: number[] = []

  constructor(seen: SeenPoints) {
    this.#seen = seen
  }

  /** Whether a row of the group leads to a point that has not been tried; undefined if points cannot repeat. */
  chooser(group: Group): ((row: ArrayLike<number>) => boolean) | undefined {
    if (!this.#seen.isOfUse) return undefined
    this.#pending.shift()
    return (row) => {
      const beginning = extend(this.#beginning, group, row)
      return this.#seen.count(beginning) < this.#completions(group, row)
    }
  }

  /** Continues after the chosen row. */
  step(group: Group, row: ArrayLike<number>): void {
    if (!this.#seen.isOfUse) return
    this.#beginning = extend(this.#beginning, group, row)
    for (const [d, { arms }] of group.members.entries()) {
      const arm = arms[row[d] ?? -1]
      if (arm !== undefined) this.#pending.push(countPoints(arm))
    }
  }

  #completions(group: Group, row: ArrayLike<number>): number {
    let count = this.#pending.reduce((product, one) => product * one, 1)
    for (const [d, { arms }] of group.members.entries()) {
      const arm = arms[row[d] ?? -1]
      if (arm !== undefined) count *= countPoints(arm)
    }
    return count
  }
}

/** Returns the number of points of a group, including those of its arms; Infinity if a coordinate is continuous. */
export function countPoints(group: Group): number {
  return group.members.reduce((product, { axis, arms }) => {
    const own = arms.length > 0 ? arms.reduce((sum, arm) => sum + countPoints(arm), 0) : axis.count
    return product * own
  }, 1)
}

/** The input of a search for a free row. */
export interface FreeRowSearch {
  readonly group: Group
  /** Coordinates that must not change; NaN for the others. */
  readonly given: ArrayLike<number>
  readonly isFree: (row: ArrayLike<number>) => boolean
  /** Returns a random coordinate for one axis. */
  readonly draw: (d: number) => number
  /** Returns a row's score; larger is better. The best free row is chosen. */
  readonly score: (row: Float64Array) => number
}

/** Returns a free row, near `start` if there are too many to check; undefined if none is found. */
export function freeRow(start: Float64Array, search: FreeRowSearch): Float64Array | undefined {
  const { group, given } = search
  const open = group.members.flatMap(({ axis }, d) =>
    Number.isNaN(given[d] ?? Number.NaN) && axis.count > 1 ? [d] : [],
  )
  const rows = open.reduce((product, d) => product * (group.members[d]?.axis.count ?? 1), 1)
  return rows <= MOST_ROWS ? bestRow(start, open, rows, search) : changedRow(start, open, search)
}

function bestRow(start: Float64Array, open: readonly number[], rows: number, search: FreeRowSearch) {
  const best = new BestRow(search)
  for (let index = 0; index < rows; index++) best.take(rowOf(start, open, index, search.group))
  return best.row
}

/** Returns the row with this number among all rows that the open coordinates allow. */
function rowOf(start: Float64Array, open: readonly number[], index: number, { members }: Group): Float64Array {
  const row = start.slice()
  let left = index
  for (const d of open) {
    const axis = members[d]?.axis
    if (axis === undefined) continue
    const cell = left % axis.count
    row[d] = axis.nominal ? cell : axis.coordinate(axis.value((axis.edge(cell) + axis.edge(cell + 1)) / 2))
    left = Math.floor(left / axis.count)
  }
  return row
}

/** Changes one coordinate, then two, and so on, and returns the best of the first few free rows. */
function changedRow(start: Float64Array, open: readonly number[], search: FreeRowSearch): Float64Array | undefined {
  for (let changes = 1; changes <= open.length; changes++) {
    const best = new BestRow(search)
    for (let attempt = 0; attempt < 64; attempt++) {
      const row = start.slice()
      for (let c = 0; c < changes; c++) {
        const d = open[(attempt + c * 7) % open.length] ?? 0
        row[d] = search.draw(d)
      }
      best.take(row)
    }
    if (best.row !== undefined) return best.row
  }
  return undefined
}

/** Keeps the best of the free rows that it receives. If rows are equally good, it keeps the first. */
class BestRow {
  row: Float64Array | undefined
  #most = -Infinity
  readonly #search: FreeRowSearch

  constructor(search: FreeRowSearch) {
    this.#search = search
  }

  take(row: Float64Array): void {
    if (!this.#search.isFree(row)) return
    const score = this.#search.score(row)
    if (this.row !== undefined && !(score > this.#most)) return
    this.row = row
    this.#most = score
  }
}

/** Extends a prefix by a row. Coordinates within one cell of a grid count as one value. */
function extend(beginning: string, group: Group, row: ArrayLike<number>): string {
  const values = group.members.map(({ axis }, d) => {
    const coordinate = row[d] ?? Number.NaN
    return axis.nominal || !Number.isFinite(axis.count) ? coordinate : axis.cell(coordinate)
  })
  return `${beginning}|${values.join()}`
}
