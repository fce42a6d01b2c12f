import { courseOfFormula, type Formula, readFormula } from '../../compare/expression.ts'
import type { HeldSeries } from '../../streams/held-series.ts'
import type { PlotSeries } from '../../streams/series-store.ts'

/** Lines of metrics or expressions over metrics, or the reason why they cannot be drawn. */
export type FormulaSeries =
  | { readonly ok: true; readonly series: PlotSeries }
  | { readonly ok: false; readonly problem: string }

/**
 * Provides the series of expressions as if they were metrics. Each series is computed from the entries of its metrics, and is
 * recomputed whenever they change.
 */
export function formulaSeries(store: PlotSeries, texts: readonly string[], known: Iterable<string>): FormulaSeries {
  const names = new Set(known)
  const formulas = new Map<string, Formula>()
  for (const text of texts) {
    const read = readFormula(text, names, 'this run')
    if (!read.ok) return read
    if (read.value.program !== undefined) formulas.set(text, read.value)
  }
  const derived = new Map<string, Derived>()
  const series: PlotSeries = {
    extent: store.extent,
    get shown() {
      return store.shown
    },
    get(text) {
      const formula = formulas.get(text)
      if (formula === undefined) return store.get(text)
      const parts = formula.names.map((name) => store.get(name))
      const revisions = parts.map((part) => part?.revision ?? 0).join()
      const before = derived.get(text)
      if (before?.revisions === revisions) return before.held
      const held = derive(formula, parts, (before?.held?.revision ?? 0) + 1)
      derived.set(text, { revisions, held })
      return held
    },
    want(wanted, pixels, draw) {
      const all = new Set(wanted.flatMap((text) => formulas.get(text)?.names ?? [text]))
      return store.want([...all], pixels, draw)
    },
  }
  return { ok: true, series }
}

interface Derived {
  readonly revisions: string
  readonly held: HeldSeries | undefined
}

/**
 * Computes the curve of an expression at the entries of its first metric. It uses the means of the entries, and their smoothed
 * values for the smoothed line. There is no band, because that would require the individual points.
 */
function derive(
  formula: Formula,
  parts: readonly (HeldSeries | undefined)[],
  revision: number,
): HeldSeries | undefined {
  const [first] = parts
  const mean = valuesOf(formula, parts, (part) => part.mean)
  if (first === undefined || mean === undefined) return undefined
  const smoothed = first.isSmoothed ? (valuesOf(formula, parts, (part) => part.smoothed) ?? []) : []
  const lastStep = first.lastStep.at(-1)
  return {
    name: formula.text,
    firstStep: [...first.firstStep],
    lastStep: [...first.lastStep],
    steps: [...first.steps],
    count: mean.map(() => 1),
    gaps: mean.map(() => 0),
    mean,
    min: mean,
    max: mean,
    isSample: parts.some((part) => part?.isSample === true),
    isSmoothed: first.isSmoothed,
    smoothed,
    extent: extentOf(mean),
    ghosts: [],
    newest: lastStep === undefined ? undefined : { step: lastStep, value: mean.at(-1) ?? null },
    fetched: mean.length,
    key: first.key,
    revision,
    average: undefined,
    averageBefore: undefined,
  }
}

function valuesOf(
  formula: Formula,
  parts: readonly (HeldSeries | undefined)[],
  column: (part: HeldSeries) => readonly (number | null)[],
): (number | null)[] | undefined {
  const courses = new Map(
    parts.flatMap((part) => {
      if (part === undefined) return []
      return [[part.name, { name: part.name, steps: part.steps, mean: column(part), complete: !part.isSample }]]
    }),
  )
  const course = courseOfFormula(formula, courses)
  return course === undefined ? undefined : [...course.mean]
}

function extentOf(values: readonly (number | null)[]): HeldSeries['extent'] {
  const extent = { low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY }
  for (const value of values) {
    if (value === null) continue
    if (value < extent.low) extent.low = value
    if (value > extent.high) extent.high = value
  }
  return extent
}
