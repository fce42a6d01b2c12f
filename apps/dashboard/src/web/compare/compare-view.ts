import { guessKeyMetric } from '@hotcb/metrics/judge'
import { setView, viewParam } from '../route.ts'
import { readLooks } from '../runs/run-looks.ts'
import { type AxisKind, formatAxis, parseAxis } from './axis.ts'
import { type ChartSpec, formatCharts, parseCharts, plainChart } from './chart-spec.ts'
import { GROUPINGS, type Grouping } from './groups.ts'
import type { Span } from './scales.ts'

/** What the page shows, as the address has it. */
export interface CompareView {
  readonly runs: readonly string[]
  /** A filter of the table of runs that chooses them, instead of `runs`. */
  readonly filter: string | null
  /** The looks of runs that differ from those that they get anyway. */
  readonly looks: ReadonlyMap<string, number>
  readonly axis: AxisKind
  readonly grouping: Grouping
  readonly hidden: ReadonlySet<string>
  /** The part of the horizontal axis that is shown; undefined for all of it. */
  readonly span: Span | undefined
  /** Undefined until a person has chosen some. */
  readonly charts: readonly ChartSpec[] | undefined
}

/** The view in the address. */
export function compareView(): CompareView {
  const grouping = viewParam('group')
  const charts = viewParam('m')
  const runs = listParam('runs').slice(0, MOST_RUNS)
  return {
    runs,
    looks: readLooks(viewParam('colors') ?? '', runs),
    filter: viewParam('filter'),
    axis: parseAxis(viewParam('x')),
    grouping: GROUPINGS.find((known) => known === grouping) ?? 'none',
    hidden: new Set(listParam('hide')),
    span: parseSpan(viewParam('span')),
    charts: charts === null ? undefined : parseCharts(charts),
  }
}

/** How many runs are compared at most. */
export const MOST_RUNS = 100

/** The charts of a page whose address names none: the most telling metrics. */
export function firstCharts(names: readonly string[]): readonly ChartSpec[] {
  const own = names.filter((name) => !/^(sys|time)\//.test(name))
  const key = guessKeyMetric(own)
  const rest = own.filter((name) => name !== key)
  const plain = rest.filter((name) => !name.includes('/'))
  return [...(key === undefined ? [] : [key]), ...plain, ...rest.filter((name) => name.includes('/'))]
    .slice(0, FIRST_CHARTS)
    .map(plainChart)
}

const FIRST_CHARTS = 6

export function setCharts(charts: readonly ChartSpec[]): void {
  setView({ m: formatCharts(charts) || '-' })
}

export function setAxis(axis: AxisKind): void {
  // Positions on one axis have no meaning on another.
  setView({ x: formatAxis(axis), span: null }, true)
}

export function setSpan(span: Span | undefined): void {
  setView({ span: span === undefined ? null : span.map((end) => Number(end.toPrecision(10))).join('~') }, true)
}

export function setHidden(hidden: Iterable<string>): void {
  setView({ hide: [...hidden].map(encodeURIComponent).join(',') })
}

function parseSpan(text: string | null): Span | undefined {
  const [low, high] = (text ?? '').split('~').map(Number)
  const isSpan = low !== undefined && high !== undefined && Number.isFinite(low) && Number.isFinite(high) && low < high
  return isSpan ? [low, high] : undefined
}

function listParam(name: string): readonly string[] {
  return (viewParam(name) ?? '')
    .split(',')
    .filter((part) => part !== '')
    .map((part) => {
      try {
        return decodeURIComponent(part)
      } catch {
        // A link that was cut in the middle of an escape.
        return part
      }
    })
}
