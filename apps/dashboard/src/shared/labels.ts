/** The labels of a run. Labels never move or change a run directory. */
export interface RunLabels {
  readonly tags: readonly string[]
  readonly notes: string
  /** The name that pages show; null for the name of the directory. */
  readonly name: string | null
  readonly star: boolean
  readonly pin: boolean
  readonly archived: boolean
}

/** A run without any label. */
export const NO_LABELS: RunLabels = { tags: [], notes: '', name: null, star: false, pin: false, archived: false }

/** A change of the labels of one or more runs. What it does not name stays as it is, so that concurrent changes merge. */
export interface LabelChange {
  readonly runs: readonly string[]
  readonly add_tags?: readonly string[] | undefined
  readonly remove_tags?: readonly string[] | undefined
  readonly notes?: string | undefined
  /** The notes that the person edited. If they have changed since, nothing is changed. */
  readonly expect_notes?: string | undefined
  readonly name?: string | null | undefined
  readonly star?: boolean | undefined
  readonly pin?: boolean | undefined
  readonly archived?: boolean | undefined
}

/** A table of runs that was saved under a name: the query of its address. */
export interface SavedView {
  readonly name: string
  /** Such as `q=status:running&sort=-updated`. */
  readonly query: string
  readonly author: string | null
  /** Counts the changes of this view; a change must name the one that it replaces. */
  readonly version: number
}
