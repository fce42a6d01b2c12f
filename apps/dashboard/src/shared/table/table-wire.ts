import type { RunLabels } from '../labels.ts'
import type { RunRow } from '../wire.ts'

/** A value in the table of runs; null is unknown or absent. */
export type Cell = string | number | boolean | null

/** A request for a part of the table of runs. */
export interface TableQuery {
  readonly filter?: string
  readonly sort?: string
  /** Columns that are shown; see `parseColumn`. */
  readonly columns?: readonly string[]
  /** A column whose equal values are shown together. */
  readonly group?: string
  readonly offset?: number
  readonly limit?: number
  /** The `version` of an earlier answer: if nothing changed since, the answer has no rows. */
  readonly version?: string
}

/** One run of the table. */
export interface TableRow {
  readonly row: RunRow
  readonly labels: RunLabels
  /** One for each requested column, in order; fields are in `row` and `labels`, and null here. */
  readonly cells: readonly Cell[]
}

/** Runs with the same value of the grouping column, in the order of the table. */
export interface TableGroup {
  readonly value: Cell
  readonly count: number
}

/** A part of the table of runs. */
export interface TablePage {
  readonly version: string
  /** True if nothing has changed since `version`; the other fields are then empty. */
  readonly unchanged: boolean
  /** Runs in all, and those that the filter lets through. */
  readonly total: number
  readonly found: number
  readonly offset: number
  readonly rows: readonly TableRow[]
  readonly groups: readonly TableGroup[]
  /** Runs whose rows, or whose least and greatest values, have not been read yet. */
  readonly unread: number
  readonly problems: readonly string[]
}

/** Names that columns can be made of. */
export interface TableColumns {
  readonly params: readonly string[]
  readonly metrics: readonly string[]
  readonly tags: readonly string[]
}
