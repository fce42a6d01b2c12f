import { bestOf, directionOf, healthMetrics, isBetter, meanOver } from '@hotcb/metrics/judge'
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { formatNumber } from '../../../shared/describe.ts'
import { findings } from '../../../shared/health.ts'
import type { RunDetail, SeriesWindow } from '../../../shared/wire.ts'
import { runPath, send } from '../../api.ts'
import { dateTime, duration } from '../../parts/time.ts'
import { useRun } from '../../run/run-context.ts'
import { useStream } from '../panel.ts'
import './summary.css'

/** How a run fares, or fared: what stands out, and its metrics from start to end. */
export function SummaryPanel(): JSX.Element {
  const { id } = useRun()
  const { detail } = useStream('state')
  const { names } = useStream('metrics')
  const [windows, setWindows] = useState<readonly SeriesWindow[]>([])
  const row = detail.value?.row
  const known = names.value?.names ?? []
  const wanted = healthMetrics(
    known.map(({ name }) => name),
    row?.key_metric?.name ?? null,
  )
  const stamp = `${wanted.join()} ${Math.floor((row?.step ?? 0) / 50)}`
  useEffect(() => {
    if (wanted.length === 0) return
    const requests = wanted.map((name) => ({ name, pixels: 300 }))
    send<{ readonly windows: readonly SeriesWindow[] }>(runPath(id, 'metrics/windows'), { requests }).then(
      (answer) => setWindows(answer.windows),
      () => undefined,
    )
  }, [stamp])
  if (row === undefined || detail.value === undefined) return <div class="card empty" aria-busy="true" />
  const isOver = row.status === 'finished' || row.status === 'silent'
  return (
    <>
      <Tiles detail={detail.value} />
      <section class="card panel">
        <header>
          <h2>{isOver ? 'How it ended' : 'How it fares'}</h2>
        </header>
        <ul class="findings">
          {findings({ row, names: known, windows }).map(({ level, text }) => (
            <li key={text}>
              <span class={`badge ${level}`}>{level === 'good' ? 'well' : level === 'warn' ? 'look' : 'trouble'}</span>
              <span>{text}</span>
            </li>
          ))}
        </ul>
      </section>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard. */}
      <section class="card panel scroll-x" aria-label="Metrics from start to end" tabIndex={0}>
        <header>
          <h2>Metrics from start to {isOver ? 'end' : 'now'}</h2>
        </header>
        <table class="plain">
          <thead>
            <tr>
              <th>Metric</th>
              <th class="number">Start</th>
              <th class="number">{isOver ? 'End' : 'Now'}</th>
              <th class="number">Change</th>
              <th class="number">Best</th>
              <th class="number">at step</th>
            </tr>
          </thead>
          <tbody>
            {windows.map((window) => (
              <SummaryRow key={window.name} window={window} />
            ))}
          </tbody>
        </table>
        <p class="muted small-text">Start and end are means over a twentieth of the run each.</p>
      </section>
    </>
  )
}

function SummaryRow({ window }: { readonly window: SeriesWindow }): JSX.Element {
  const start = meanOver(window, 0, 0.05)
  const end = meanOver(window, 0.95, 1)
  const best = bestOf(window)
  const direction = directionOf(window.name)
  const change = start === undefined || end === undefined ? undefined : end - start
  const isGain = change !== undefined && direction !== undefined && isBetter(direction, change)
  return (
    <tr>
      <td>{window.name}</td>
      <td class="number">{formatNumber(start)}</td>
      <td class="number">
        <b>{formatNumber(end)}</b>
      </td>
      <td class="number">
        {change === undefined ? (
          '–'
        ) : (
          <span class={direction === undefined ? '' : `badge bare ${isGain ? 'good' : change === 0 ? '' : 'bad'}`}>
            {change > 0 ? '+' : ''}
            {formatNumber(change, 3)}
          </span>
        )}
      </td>
      <td class="number">{formatNumber(best?.value)}</td>
      <td class="number">{best?.step ?? '–'}</td>
    </tr>
  )
}

function Tiles({ detail }: { readonly detail: RunDetail }): JSX.Element {
  const { row, run, state, checkpoints } = detail
  const seconds =
    run?.started_at != null
      ? (run.completed_at == null ? row.updated : Date.parse(run.completed_at) / 1000) -
        Date.parse(run.started_at) / 1000
      : null
  const facts: [string, string][] = [
    ['Step', row.step === null ? '–' : row.max_steps === null ? String(row.step) : `${row.step} of ${row.max_steps}`],
    [row.key_metric?.name ?? 'Key metric', formatNumber(row.key_metric?.value)],
    ['Trained for', seconds === null || Number.isNaN(seconds) ? '–' : duration(seconds)],
    ['Started', run?.started_at == null ? '–' : dateTime(Date.parse(run.started_at) / 1000)],
    ['Seed', row.seed === null ? '–' : String(row.seed)],
    ['Attempt', row.attempt === null ? '–' : String(row.attempt)],
    ['Kernel', row.kernel ?? 'none seen'],
    ['Host', state?.kernel.host == null ? '–' : `${state.kernel.host} (${state.kernel.pid})`],
    ['Checkpoints', checkpoints.length === 0 ? 'none' : `${checkpoints.length}, newest ${checkpoints.at(-1)?.tag}`],
  ]
  return (
    <dl class="tiles">
      {facts.map(([name, value]) => (
        <div class="card tile" key={name}>
          <dt>{name}</dt>
          <dd class="cut" title={value}>
            {value}
          </dd>
        </div>
      ))}
    </dl>
  )
}
