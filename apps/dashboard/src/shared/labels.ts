/** A run's labels. Changing them never moves or modifies the run directory. */
export interface RunLabels {
  readonly tags: readonly string[]
  readonly notes: string
  /** The name shown on pages; null means the directory name. */
  readonly name: string | null
  readonly star: boolean
  readonly pin: boolean
  readonly archived: boolean
}

/** A run without any label. */
export const NO_LABELS: RunLabels = { tags: [], notes: '', name: null, star: false, pin: false, archived: false }

/** A change to the labels of one or more runs. Omitted fields stay unchanged, so that concurrent changes merge. */
export interface LabelChange {
  readonly runs: readonly string[]
  readonly add_tags?: readonly string[] | undefined
  readonly remove_tags?: readonly string[] | undefined
  readonly notes?: string | undefined
  /** The notes as the person saw them before editing. If they have changed since then, the request is refused. */
  readonly expect_notes?: string | undefined
  readonly name?: string | null | undefined
  readonly star?: boolean | undefined
  readonly pin?: boolean | undefined
  readonly archived?: boolean | undefined
}

/** A view saved under a name, stored as the query string of its address. */
export interface SavedView {
  readonly name: string
  /** Such as `q=status:running&sort=-updated`. */
  readonly query: string
  readonly author: string | null
  /** Increases with each change of this view. A request must contain the version that it replaces. */
  readonly version: number
}
