import type { RunLabels } from '../labels.ts'
import type { RunRow } from '../wire.ts'

/** A value in the table of runs; null if it is unknown or absent. */
export type Cell = string | number | boolean | null

/** A request for a page of the table of runs. */
export interface TableQuery {
  readonly filter?: string
  readonly sort?: string
  /** The columns to show; see `parseColumn`. */
  readonly columns?: readonly string[]
  /** A column to group by. */
  readonly group?: string
  readonly offset?: number
  readonly limit?: number
  /** The `version` of an earlier answer: if nothing has changed since, the answer has no rows. */
  readonly version?: string
}

/** One row of the table. */
export interface TableRow {
  readonly row: RunRow
  readonly labels: RunLabels
  /** One value for each requested column, in order. For fields it is null, because they are in `row` and `labels`. */
  readonly cells: readonly Cell[]
}

/** The runs with the same value in the grouping column. Groups are in the order of the table. */
export interface TableGroup {
  readonly value: Cell
  readonly count: number
}

/** A page of the table of runs. */
export interface TablePage {
  readonly version: string
  /** True if nothing has changed since `version`. The other fields are then empty. */
  readonly unchanged: boolean
  /** `total`: all runs; `found`: those that match the filter. */
  readonly total: number
  readonly found: number
  readonly offset: number
  readonly rows: readonly TableRow[]
  readonly groups: readonly TableGroup[]
  /** How many runs have a row, or a minimum or maximum, that has not been read yet. */
  readonly unread: number
  readonly problems: readonly string[]
}

/** The names that columns can refer to. */
export interface TableColumns {
  readonly params: readonly string[]
  readonly metrics: readonly string[]
  readonly tags: readonly string[]
}
