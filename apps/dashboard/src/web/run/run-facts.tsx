import { directionOf } from '@hotcb/metrics/judge'
import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import { formatNumber } from '../../shared/describe.ts'
import type { RunDetail } from '../../shared/wire.ts'
import { duration } from '../parts/time.ts'

/** Step, speed, time left, and the key metric with its last difference. `isShort`: without progress and speed. */
export function Facts(props: { readonly detail: RunDetail | undefined; readonly isShort?: boolean }): JSX.Element {
  const { detail, isShort = false } = props
  const row = detail?.row
  const left =
    row?.max_steps != null && row.step !== null && row.steps_per_second
      ? (row.max_steps - row.step - 1) / row.steps_per_second
      : null
  return (
    <dl class="facts">
      <Fact name="step" value={row?.step == null ? '–' : String(row.step)} />
      {!isShort && row?.max_steps != null && row.step !== null && (
        <Fact name="done" value={`${row.step + 1} of ${row.max_steps}`} />
      )}
      {!isShort && row?.steps_per_second != null && (
        <Fact name="speed" value={`${formatNumber(row.steps_per_second, 3)}/s`} />
      )}
      {left !== null && left > 0 && <Fact name="left" value={duration(left)} />}
      {row?.key_metric != null && <KeyFact metric={row.key_metric} />}
    </dl>
  )
}

function Fact({ name, value }: { readonly name: string; readonly value: string }): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  )
}

function KeyFact({ metric }: { readonly metric: NonNullable<RunDetail['row']['key_metric']> }): JSX.Element {
  const { name, value, final: isFinal } = metric
  const seen = useRef<{ readonly now: number | null; readonly before: number | null }>({ now: value, before: null })
  if (seen.current.now !== value) seen.current = { now: value, before: seen.current.now }
  const { before } = seen.current
  const delta = value === null || before === null || isFinal ? null : value - before
  return (
    <div>
      <dt>{isFinal ? `final ${name}` : name}</dt>
      <dd>
        {formatNumber(value)}
        {delta !== null && delta !== 0 && (
          <span class={`delta small-text ${lookOf(name, delta)}`} title="Difference from the previous value">
            {' '}
            {delta > 0 ? '▲' : '▼'} {formatNumber(Math.abs(delta), 2)}
          </span>
        )}
      </dd>
    </div>
  )
}

/** Whether a difference is an improvement, if the metric's name shows which direction is better. */
function lookOf(name: string, delta: number): string {
  const direction = directionOf(name)
  if (direction === undefined) return ''
  return delta < 0 === (direction === 'min') ? 'good' : 'bad'
}
