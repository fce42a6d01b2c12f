/** A text that a person wrote at a step of a run. */
export interface Annotation {
  readonly id: string
  readonly step: number
  /** Its height; null if it is at no value. */
  readonly value: number | null
  /** The metric whose charts show it; null for all charts. */
  readonly metric: string | null
  readonly text: string
  readonly author: string | null
  /** Epoch seconds. */
  readonly ts: number
}

/** The annotations of a run, by step, and why the document cannot be read. */
export interface AnnotationsAnswer {
  readonly annotations: readonly Annotation[]
  readonly problem: string | null
}

/** The annotations that belong on a chart of these metrics. */
export function annotationsOf(all: readonly Annotation[], names: readonly string[]): readonly Annotation[] {
  return all.filter(({ metric }) => metric === null || names.includes(metric))
}
