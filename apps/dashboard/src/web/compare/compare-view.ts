import { guessKeyMetric } from '@hotcb/metrics/judge'
import { setView, viewParam } from '../route.ts'
import { readLooks } from '../runs/run-looks.ts'
import { type AxisKind, formatAxis, parseAxis } from './axis.ts'
import { type ChartSpec, formatCharts, parseCharts, plainChart } from './chart-spec.ts'
import { GROUPINGS, type Grouping } from './groups.ts'
import type { Span } from './scales.ts'

/** The view that the address describes. */
export interface CompareView {
  readonly runs: readonly string[]
  /** A filter for the table of runs, which selects the runs instead of `runs`. */
  readonly filter: string | null
  /** The colours of runs that differ from the default ones. */
  readonly looks: ReadonlyMap<string, number>
  readonly axis: AxisKind
  readonly grouping: Grouping
  readonly hidden: ReadonlySet<string>
  /** The visible part of the horizontal axis; undefined for all of it. */
  readonly span: Span | undefined
  /** Undefined until a person has chosen charts. */
  readonly charts: readonly ChartSpec[] | undefined
}

/** Returns the view in the address. */
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

/** The maximum number of compared runs. */
export const MOST_RUNS = 100

/** Returns the charts for a page whose address does not name any: the key metric first. */
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
  // Positions on one axis have no meaning on a different one.
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
        // The link was cut off in the middle of an escape.
        return part
      }
    })
}
