import { unescaped } from '../parts/unescaped.ts'
import { formatThresholds, readThresholds, type Threshold } from './thresholds.ts'

/** A chart's settings, which the address stores. */
export interface ChartOptions {
  readonly isLog: boolean
  /** Whether the chart stays linear while the other charts on the page are logarithmic. */
  readonly keepsLinear: boolean
  /** Whether the axis ignores the most extreme 1 % of values at each end. */
  readonly hidesOutliers: boolean
  /** Limits of the vertical axis; null means that the values determine it. */
  readonly low: number | null
  readonly high: number | null
  /** Horizontal lines. */
  readonly thresholds: readonly Threshold[]
  /** How many page columns the chart spans. */
  readonly columns: number
  /** In pixels; null means the default height. */
  readonly height: number | null
}

/** One chart on the page that compares runs. */
export interface ChartSpec extends ChartOptions {
  /** A metric, or an expression over metrics. */
  readonly text: string
}

/** A chart's default settings. */
export const PLAIN_OPTIONS: ChartOptions = {
  isLog: false,
  keepsLinear: false,
  hidesOutliers: false,
  low: null,
  high: null,
  thresholds: [],
  columns: 1,
  height: null,
}

/** Returns a chart for a metric with the default settings. */
export function plainChart(text: string): ChartSpec {
  return { text, ...PLAIN_OPTIONS }
}

/** Parses charts such as `val_loss||log,y=0~1,at=0.3:target;0.5`, which are separated by commas and escaped one by one. */
export function parseCharts(text: string): readonly ChartSpec[] {
  return text
    .split(',')
    .map(unescaped)
    .filter((part) => part !== '')
    .map(parseChart)
}

/** The inverse of {@link parseCharts}. */
export function formatCharts(charts: readonly ChartSpec[]): string {
  return charts.map((chart) => encodeURIComponent(formatChart(chart))).join(',')
}

function parseChart(part: string): ChartSpec {
  const at = part.lastIndexOf('||')
  if (at < 0) return plainChart(part)
  const options = part.slice(at + 2).split(',')
  const optionOf = (name: string): string =>
    options.find((option) => option.startsWith(`${name}=`))?.slice(name.length + 1) ?? ''
  const [low = '', high = ''] = optionOf('y').split('~')
  const height = numberOf(optionOf('h'))
  return {
    text: part.slice(0, at),
    isLog: options.includes('log'),
    keepsLinear: options.includes('lin'),
    hidesOutliers: options.includes('out'),
    low: numberOf(low),
    high: numberOf(high),
    thresholds: readThresholds(optionOf('at')),
    columns: clamp(Math.round(numberOf(optionOf('w')) ?? 1), 1, MOST_COLUMNS),
    height: height === null ? null : clamp(Math.round(height), LEAST_HEIGHT, MOST_HEIGHT),
  }
}

/** The maximum size of a chart, in page columns and in pixels. */
export const MOST_COLUMNS = 4
export const LEAST_HEIGHT = 120
export const MOST_HEIGHT = 900

/** Limits a number to a range. */
export function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value))
}

function formatChart({ text, ...chart }: ChartSpec): string {
  const { isLog, keepsLinear, hidesOutliers, low, high, thresholds, columns, height } = chart
  const options = [
    ...(isLog ? ['log'] : []),
    ...(keepsLinear ? ['lin'] : []),
    ...(hidesOutliers ? ['out'] : []),
    ...(low === null && high === null ? [] : [`y=${low ?? ''}~${high ?? ''}`]),
    ...(thresholds.length === 0 ? [] : [`at=${formatThresholds(thresholds)}`]),
    ...(columns === 1 ? [] : [`w=${columns}`]),
    ...(height === null ? [] : [`h=${height}`]),
  ]
  return options.length === 0 ? text : `${text}||${options.join(',')}`
}

function numberOf(text: string): number | null {
  const value = Number(text)
  return text.trim() === '' || !Number.isFinite(value) ? null : value
}
