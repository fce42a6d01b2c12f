import { type CourseFacts, directionOf, healthMetrics, isBetter } from '@hotcb/metrics/judge'
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { formatNumber } from '../../../shared/describe.ts'
import { courseOf, courseRequest, type Finding, findings } from '../../../shared/health.ts'
import type { WireSeriesStats } from '../../../shared/wire.ts'
import { runPath, send } from '../../api.ts'
import { useRun } from '../../run/run-context.ts'
import { askWhole } from '../../streams/ask-whole.ts'
import { useStream } from '../panel.ts'
import { Tiles } from './tiles.tsx'
import './summary.css'
import { NoMetrics } from '../../parts/no-metrics.tsx'

/** Shows a summary of a run: anything unusual, and its metrics from start to end. */
export function SummaryPanel(): JSX.Element {
  const { id } = useRun()
  const { detail } = useStream('state')
  const { names } = useStream('metrics')
  const [courses, setCourses] = useState<readonly CourseFacts[]>([])
  const [isSample, setSample] = useState(false)
  const [isAll, setAll] = useState(false)
  const row = detail.value?.row
  const known = names.value?.names ?? []
  const all = known.map(({ name }) => name)
  const telling = healthMetrics(all, row?.key_metric?.name ?? null)
  const wanted = isAll ? withFirst(telling, all) : telling
  const stamp = `${wanted.join()} ${Math.floor((row?.step ?? 0) / 50)}`
  useEffect(() => {
    if (wanted.length === 0) return undefined
    return askWhole(
      () => readStats(id, wanted),
      (answers, isOfSample) => {
        if (answers === undefined) return
        setCourses(answers.map(courseOf))
        setSample(isOfSample)
      },
    )
  }, [stamp])
  if (row === undefined || detail.value === undefined) return <div class="card empty" aria-busy="true" />
  if (names.value !== undefined && all.length === 0) {
    return (
      <>
        <Tiles detail={detail.value} />
        <NoMetrics />
      </>
    )
  }
  const isOver = row.status === 'finished' || row.status === 'silent'
  return (
    <>
      <Tiles detail={detail.value} />
      <section class="card panel">
        <header>
          <h2>{isOver ? 'How it ended' : 'How it is doing'}</h2>
        </header>
        <ul class="findings">
          {findings({ row, names: known, courses: courses.filter(({ name }) => telling.includes(name)) }).map(
            ({ level, text }) => (
              <li key={text}>
                <span class={`badge ${level}`}>{LEVELS[level]}</span>
                <span>{text}</span>
              </li>
            ),
          )}
        </ul>
      </section>
      <SummaryTable
        courses={courses}
        end={isOver ? 'end' : 'now'}
        isSample={isSample}
        total={all.length}
        onAll={isAll ? undefined : () => setAll(true)}
      />
    </>
  )
}

/** Moves some names to the front. */
function withFirst(first: readonly string[], all: readonly string[]): readonly string[] {
  const known = new Set(first)
  return [...first, ...all.filter((name) => !known.has(name))]
}

/** Returns the statistics of metrics, in the order of the names. */
async function readStats(id: string, names: readonly string[]): Promise<readonly WireSeriesStats[]> {
  const stats: WireSeriesStats[] = []
  for (let at = 0; at < names.length; at += MOST_AT_ONCE) {
    const requests = names.slice(at, at + MOST_AT_ONCE).map(courseRequest)
    const answer = await send<{ readonly stats: readonly WireSeriesStats[] }>(runPath(id, 'metrics/stats'), {
      requests,
    })
    stats.push(...answer.stats)
  }
  return stats
}

/** How many requests the server accepts in one batch. */
const MOST_AT_ONCE = 200

const LEVELS: Readonly<Record<Finding['level'], string>> = { good: 'well', warn: 'look', bad: 'trouble' }

function SummaryTable(props: {
  readonly courses: readonly CourseFacts[]
  readonly end: 'end' | 'now'
  /** Whether the file is still being read. */
  readonly isSample: boolean
  /** The number of metrics in the run. */
  readonly total: number
  /** Shows all metrics; undefined if they are already shown. */
  readonly onAll: (() => void) | undefined
}): JSX.Element {
  const { courses, end, isSample, total, onAll } = props
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard.
    <section class="card panel scroll-x" aria-label="Metrics from start to end" tabIndex={0}>
      <header>
        <h2>Metrics from start to {end}</h2>
        <span class="muted">{courses.length < total ? `${courses.length} of ${total}` : total}</span>
        <span class="spacer" />
        {onAll !== undefined && courses.length < total && (
          <button type="button" class="button small" onClick={onAll}>
            Show all {total}
          </button>
        )}
      </header>
      <table class="plain stacked two">
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
          {courses.map((course) => (
            <SummaryRow key={course.name} course={course} />
          ))}
        </tbody>
      </table>
      <p class="muted small-text">
        {isSample && <b>The metrics are still being read: these numbers are from a sample. </b>}
        Start and end are means over the first and the last 5 % of the points.
      </p>
    </section>
  )
}

function SummaryRow({ course }: { readonly course: CourseFacts }): JSX.Element {
  const { name, best, means } = course
  const { start, end } = means
  return (
    <tr>
      <td>{name}</td>
      <td class="number" data-label="start">
        {formatNumber(start)}
      </td>
      <td class="number" data-label="end">
        <b>{formatNumber(end)}</b>
      </td>
      <td class="number lead">
        {start === undefined || end === undefined ? '–' : <Difference name={name} by={end - start} />}
      </td>
      <td class="number" data-label="best">
        {formatNumber(best?.value)}
      </td>
      <td class="number" data-label="at step">
        {best?.step ?? '–'}
      </td>
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
