/** Text that a person wrote at a step of a run. */
export interface Annotation {
  readonly id: string
  readonly step: number
  /** The value at which the annotation is drawn; null if it has none. */
  readonly value: number | null
  /** The metric whose charts show it; null for all charts. */
  readonly metric: string | null
  readonly text: string
  readonly author: string | null
  /** Epoch seconds. */
  readonly ts: number
}

/** A run's annotations, ordered by step, and the problem if the document cannot be read. */
export interface AnnotationsAnswer {
  readonly annotations: readonly Annotation[]
  readonly problem: string | null
}

/** Returns the annotations for a chart of these metrics. */
export function annotationsOf(all: readonly Annotation[], names: readonly string[]): readonly Annotation[] {
  return all.filter(({ metric }) => metric === null || names.includes(metric))
}
