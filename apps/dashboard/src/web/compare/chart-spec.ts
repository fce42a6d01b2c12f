import { unescaped } from '../parts/unescaped.ts'
import { formatThresholds, readThresholds, type Threshold } from './thresholds.ts'

/** How a chart is drawn, as the address keeps it. */
export interface ChartOptions {
  readonly isLog: boolean
  /** Whether it stays linear while the other charts of the page are logarithmic. */
  readonly keepsLinear: boolean
  /** Whether the axis leaves out the most extreme hundredth at each end. */
  readonly hidesOutliers: boolean
  /** Ends of the vertical axis; null is chosen by the values. */
  readonly low: number | null
  readonly high: number | null
  /** Horizontal lines. */
  readonly thresholds: readonly Threshold[]
  /** How many columns of the page it takes. */
  readonly columns: number
  /** Pixels; null is the usual height. */
  readonly height: number | null
}

/** One chart of the page that compares runs. */
export interface ChartSpec extends ChartOptions {
  /** A metric, or an expression over metrics. */
  readonly text: string
}

/** A chart that nobody has configured. */
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

/** A chart of a metric that nobody has configured. */
export function plainChart(text: string): ChartSpec {
  return { text, ...PLAIN_OPTIONS }
}

/** Reads charts such as `val_loss||log,y=0~1,at=0.3:target;0.5`, separated by commas and escaped one by one. */
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

/** How far a chart can be resized: columns of the page, and pixels. */
export const MOST_COLUMNS = 4
export const LEAST_HEIGHT = 120
export const MOST_HEIGHT = 900

/** A number within two ends. */
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
