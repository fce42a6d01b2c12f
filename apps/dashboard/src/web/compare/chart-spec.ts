/** One chart of the page that compares runs, as the address keeps it. */
export interface ChartSpec {
  /** A metric, or an expression over metrics. */
  readonly text: string
  readonly isLog: boolean
  /** Whether the axis leaves out the most extreme hundredth at each end. */
  readonly hidesOutliers: boolean
  /** Ends of the vertical axis; null is chosen by the values. */
  readonly low: number | null
  readonly high: number | null
  /** Horizontal lines. */
  readonly thresholds: readonly number[]
}

/** A chart of a metric that nobody has configured. */
export function plainChart(text: string): ChartSpec {
  return { text, isLog: false, hidesOutliers: false, low: null, high: null, thresholds: [] }
}

/** Reads charts such as `val_loss||log,y=0~1,at=0.3;0.5`, separated by commas and escaped one by one. */
export function parseCharts(text: string): readonly ChartSpec[] {
  return text
    .split(',')
    .map(decode)
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
  return {
    text: part.slice(0, at),
    isLog: options.includes('log'),
    hidesOutliers: options.includes('out'),
    low: numberOf(low),
    high: numberOf(high),
    thresholds: optionOf('at')
      .split(';')
      .flatMap((text) => numberOf(text) ?? []),
  }
}

function formatChart({ text, isLog, hidesOutliers, low, high, thresholds }: ChartSpec): string {
  const options = [
    ...(isLog ? ['log'] : []),
    ...(hidesOutliers ? ['out'] : []),
    ...(low === null && high === null ? [] : [`y=${low ?? ''}~${high ?? ''}`]),
    ...(thresholds.length === 0 ? [] : [`at=${thresholds.join(';')}`]),
  ]
  return options.length === 0 ? text : `${text}||${options.join(',')}`
}

function numberOf(text: string): number | null {
  const value = Number(text)
  return text.trim() === '' || !Number.isFinite(value) ? null : value
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // A link that was cut in the middle of an escape.
    return text
  }
}
