import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { ChartOptions } from './chart-spec.ts'
import { thresholdsText, typedThresholds } from './thresholds.ts'

/** A form for the vertical axis of a chart: its limits, outliers and thresholds. */
export function AxisForm(props: {
  readonly options: ChartOptions
  /** Whether the page's axes are logarithmic. This chart can stay linear. Default: false. */
  readonly isPageLog?: boolean
  readonly onOptions: (options: ChartOptions) => void
}): JSX.Element {
  const { options, isPageLog = false, onOptions } = props
  const [low, setLow] = useState(options.low === null ? '' : String(options.low))
  const [high, setHigh] = useState(options.high === null ? '' : String(options.high))
  const [thresholds, setThresholds] = useState(thresholdsText(options.thresholds))
  const [isLog, setIsLog] = useState(options.isLog || (isPageLog && !options.keepsLinear))
  const [hidesOutliers, setHidesOutliers] = useState(options.hidesOutliers)
  const read = typedThresholds(thresholds)
  const problem = endsProblem(low, high, isLog) || (read.ok ? '' : read.problem)
  const submit = (event: Event): void => {
    event.preventDefault()
    if (problem !== '' || !read.ok) return
    const keepsLinear = isPageLog && !isLog
    const ends = { low: endOf(low), high: endOf(high), thresholds: read.value }
    onOptions({ ...options, ...ends, isLog, keepsLinear, hidesOutliers })
  }
  return (
    <form class="labels-form" onSubmit={submit}>
      <label>
        Lower end of the axis; leave empty to fit the values
        <input class="input" inputMode="decimal" value={low} onInput={(event) => setLow(event.currentTarget.value)} />
      </label>
      <label>
        Upper end of the axis
        <input class="input" inputMode="decimal" value={high} onInput={(event) => setHigh(event.currentTarget.value)} />
      </label>
      <label>
        Thresholds, such as 0.3 target, 0.5
        <input class="input" value={thresholds} onInput={(event) => setThresholds(event.currentTarget.value)} />
      </label>
      <label class="check">
        <input type="checkbox" checked={isLog} onChange={(event) => setIsLog(event.currentTarget.checked)} />
        Logarithmic axis
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={hidesOutliers}
          onChange={(event) => setHidesOutliers(event.currentTarget.checked)}
        />
        Exclude the most extreme 1 % at each end
      </label>
      <p class="issue" role="alert">
        {problem}
      </p>
      <div class="actions">
        <button type="submit" class="button primary" disabled={problem !== ''}>
          Show
        </button>
      </div>
    </form>
  )
}

function endOf(text: string): number | null {
  return text.trim() === '' ? null : Number(text)
}

/** Why the limits of an axis are invalid; empty if they are valid. */
export function endsProblem(low: string, high: string, isLog: boolean): string {
  for (const text of [low, high]) {
    if (text.trim() === '') continue
    if (!Number.isFinite(Number(text))) return `the end of an axis must be a number, not \`${text.trim()}\``
    if (isLog && Number(text) <= 0) return `the end of a log axis must be above 0, not ${text.trim()}`
  }
  const areBoth = low.trim() !== '' && high.trim() !== ''
  if (areBoth && Number(low) >= Number(high)) return `the lower end must be below the upper one, ${high.trim()}`
  return ''
}
