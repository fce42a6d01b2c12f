import { bestOf, directionOf, healthMetrics, isBetter, meanOver } from '@hotcb/metrics/judge'
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { formatNumber } from '../../../shared/describe.ts'
import { type Finding, findings } from '../../../shared/health.ts'
import type { SeriesWindow } from '../../../shared/wire.ts'
import { runPath, send } from '../../api.ts'
import { useRun } from '../../run/run-context.ts'
import { useStream } from '../panel.ts'
import { Tiles } from './tiles.tsx'
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
              <span class={`badge ${level}`}>{LEVELS[level]}</span>
              <span>{text}</span>
            </li>
          ))}
        </ul>
      </section>
      <SummaryTable windows={windows} end={isOver ? 'end' : 'now'} />
    </>
  )
}

const LEVELS: Readonly<Record<Finding['level'], string>> = { good: 'well', warn: 'look', bad: 'trouble' }

function SummaryTable(props: { readonly windows: readonly SeriesWindow[]; readonly end: 'end' | 'now' }): JSX.Element {
  const { windows, end } = props
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
    <section class="card panel scroll-x" aria-label="Metrics from start to end" tabIndex={0}>
      <header>
        <h2>Metrics from start to {end}</h2>
      </header>
      <table class="plain">
        <thead>
          <tr>
            <th>Metric</th>
            <th class="number">Start</th>
            <th class="number">{end === 'end' ? 'End' : 'Now'}</th>
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
  )
}

function SummaryRow({ window }: { readonly window: SeriesWindow }): JSX.Element {
  const start = meanOver(window, 0, 0.05)
  const end = meanOver(window, 0.95, 1)
  const best = bestOf(window)
  return (
    <tr>
      <td>{window.name}</td>
      <td class="number">{formatNumber(start)}</td>
      <td class="number">
        <b>{formatNumber(end)}</b>
      </td>
      <td class="number">
        {start === undefined || end === undefined ? '–' : <Difference name={window.name} by={end - start} />}
      </td>
      <td class="number">{formatNumber(best?.value)}</td>
      <td class="number">{best?.step ?? '–'}</td>
    </tr>
  )
}

function Difference({ name, by }: { readonly name: string; readonly by: number }): JSX.Element {
  const direction = directionOf(name)
  const look = direction === undefined ? '' : isBetter(direction, by) ? 'good' : by === 0 ? '' : 'bad'
  return (
    <span class={direction === undefined ? '' : `badge bare ${look}`}>
      {by > 0 ? '+' : ''}
      {formatNumber(by, 3)}
    </span>
  )
}
