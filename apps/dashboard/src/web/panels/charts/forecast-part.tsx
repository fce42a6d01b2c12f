import { directionOf, type Forecast, timeTo } from '@hotcb/metrics/judge'
import { messageOf } from '@hotcb/protocol'
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { formatNumber } from '../../../shared/describe.ts'
import { duration } from '../../parts/time.ts'
import { setView, viewParam } from '../../route.ts'
import { useRun } from '../../run/run-context.ts'
import { useStream } from '../panel.ts'
import { askForecasts } from './ask-forecast.ts'
import './forecast.css'
import { shownForecasts } from './forecasts.ts'
import { setSpan, span } from './view.ts'

const AGAIN_MS = 5000

/** Describes the forecast for the metrics in the enlarged chart. The chart itself draws it. */
export function ForecastPart({ names }: { readonly names: readonly string[] }): JSX.Element {
  const { id, detail } = useRun()
  const { markers } = useStream('ledger')
  const [problem, setProblem] = useState('')
  useEffect(() => {
    let isLeft = false
    const look = async (): Promise<void> => {
      try {
        const found = await askForecasts(id, names, markers.peek())
        if (isLeft) return
        shownForecasts.value = found
        setProblem('')
      } catch (error) {
        if (!isLeft) setProblem(messageOf(error))
      }
    }
    void look()
    const timer = setInterval(() => void look(), AGAIN_MS)
    return () => {
      isLeft = true
      clearInterval(timer)
      shownForecasts.value = new Map()
    }
  }, [id, names.join('\n')])
  useRoomFor(shownForecasts.value)
  const target = Number(viewParam('target') ?? Number.NaN)
  return (
    <div class="forecast" role="status">
      {problem !== '' && <p class="issue">{problem}</p>}
      {names.map((name) => {
        const forecast = shownForecasts.value.get(name)
        if (forecast === undefined) return null
        const seconds = detail.value?.state?.step_seconds ?? null
        return <ForecastLine key={name} name={name} forecast={forecast} target={target} stepSeconds={seconds} />
      })}
      <label class="target">
        <span class="muted">Target</span>
        <input
          class="input small"
          type="number"
          step="any"
          aria-label="Target value"
          value={Number.isFinite(target) ? target : ''}
          onChange={(event) => setView({ target: event.currentTarget.value || null })}
        />
      </label>
    </div>
  )
}

/** Extends the visible range to the steps of the forecast. */
function useRoomFor(forecasts: ReadonlyMap<string, Forecast>): void {
  const { series } = useStream('metrics')
  const ends = [...forecasts.values()].flatMap((one) => (one.ok ? [one.points.at(-1)?.step ?? 0] : []))
  const end = Math.max(0, ...ends)
  useEffect(() => {
    const [from, to] = series.shown
    if (end > to && (span.peek().to === null || span.peek().to === to)) setSpan({ from, to: end, last: null })
  }, [end])
}

function ForecastLine(props: {
  readonly name: string
  readonly forecast: Forecast
  readonly target: number
  readonly stepSeconds: number | null
}): JSX.Element {
  const { name, forecast, target, stepSeconds } = props
  if (!forecast.ok) {
    return (
      <p data-forecast={name}>
        No forecast for <b>{name}</b>: {forecast.reason}.
      </p>
    )
  }
  const last = forecast.points.at(-1)
  if (last === undefined) return <p />
  const reach = Number.isFinite(target) ? targetText(forecast, target, name, stepSeconds) : ''
  return (
    <p data-forecast={name}>
      <b>{name}</b> at step {Math.round(last.step)}: <b>{formatNumber(last.value, 3)}</b>
      <span class="muted">
        {' '}
        (80 %: {formatNumber(last.low80, 3)} to {formatNumber(last.high80, 3)}, 95 %: {formatNumber(last.low95, 3)} to{' '}
        {formatNumber(last.high95, 3)}), if nothing is changed; from {forecast.count} values since step{' '}
        {Math.round(forecast.from)}.
      </span>
      {reach !== '' && ` ${reach}`}
    </p>
  )
}

/** When the target will be reached, in steps and, if the speed is known, in time. */
function targetText(
  forecast: Extract<Forecast, { readonly ok: true }>,
  target: number,
  name: string,
  stepSeconds: number | null,
): string {
  const reach = timeTo(forecast, target, directionOf(name) === 'max' ? -1 : 1)
  if (reach.state === 'reached') return `${formatNumber(target)} is reached.`
  const { expected, earliest, latest, horizon } = reach
  const at = (step: number | null): string => (step === null ? `after ${Math.round(horizon)}` : `${Math.round(step)}`)
  if (expected === null && earliest === null) return `${formatNumber(target)} is not expected by step ${at(horizon)}.`
  const left =
    expected === null || stepSeconds === null ? '' : `, in ${duration((expected - forecast.to) * stepSeconds)}`
  return `${formatNumber(target)} is expected at step ${at(expected)}${left} (80 %: step ${at(earliest)} to ${at(latest)}).`
}
