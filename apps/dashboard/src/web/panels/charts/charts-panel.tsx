import { guessKeyMetric } from '@hotcb/metrics/judge'
import { effect } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { type ChartSpec, groupCharts, matchNames } from '../../../shared/chart-groups.ts'
import { metricNotes } from '../../../shared/metric-notes.ts'
import type { MetricNames } from '../../../shared/wire.ts'
import { useFocusKey } from '../../parts/focus-key.ts'
import { setView } from '../../route.ts'
import { useStream } from '../panel.ts'
import { AllCharts } from './all-charts.tsx'
import { ChartToolbar } from './chart-toolbar.tsx'
import './charts.css'
import { FocusView } from './focus-view.tsx'
import { chartView, span } from './view.ts'

/** All charts of a run, or the one in focus. */
export function ChartsPanel(): JSX.Element {
  return <MetricCharts />
}

/** The charts of metrics. `only`: just those whose names it lets through. */
export function MetricCharts({ only }: { readonly only?: (name: string) => boolean }): JSX.Element {
  const { names, series } = useStream('metrics')
  const { detail } = useStream('state')
  const search = useRef<HTMLInputElement>(null)
  useFocusKey('/', search)
  useEffect(() => effect(() => series.setSpan(span.value)), [series])
  const now = chartView()
  useEffect(() => series.setSmoothing(now.smoothing), [series, now.smoothing])
  // The same object as long as nothing in it changes, so that the components below are not rendered again.
  const view = useMemo(() => now, [JSON.stringify(now)])
  const known = names.value
  const all = useMemo(() => {
    const list = (known?.names ?? []).map(({ name }) => name)
    return only === undefined ? list : list.filter(only)
  }, [known, only])
  const found = useMemo(() => matchNames(all, view.search), [all, view.search])
  const specs = useMemo(() => groupCharts(all).flatMap((group) => group.charts), [all])
  const key = detail.value?.row.key_metric?.name ?? guessKeyMetric(all)
  const pinned = view.pinned ?? (only === undefined ? defaultPins(specs, key) : [])
  const isFocused = (view.focus ?? []).length > 0
  if (known !== undefined && all.length === 0) return <NoMetrics isSystem={only !== undefined} />
  return (
    <>
      <ChartToolbar view={view} search={search} found={found.length} all={all.length} />
      {known !== undefined && <LeftOut known={known} />}
      {isFocused ? (
        <FocusView names={view.focus ?? []} all={all} view={view} pinned={pinned} />
      ) : (
        <AllCharts found={found} specs={specs} view={view} pinned={pinned} />
      )}
      {!isFocused && known !== undefined && found.length === 0 && <NoneFound all={all.length} />}
    </>
  )
}

/** What the charts leave out, and why. */
function LeftOut({ known }: { readonly known: MetricNames }): JSX.Element {
  return (
    <>
      {metricNotes(known).map((note) => (
        <p key={note} class="notice warn left-out">
          {note}
        </p>
      ))}
    </>
  )
}

/** Without pins of the person: in a run with many charts, that of the key metric is at the top. */
function defaultPins(specs: readonly ChartSpec[], key: string | undefined): string[] {
  if (specs.length < MANY) return []
  const spec = specs.find(({ names }) => key !== undefined && names.includes(key))
  return spec === undefined ? [] : [spec.title]
}

const MANY = 8

function NoneFound({ all }: { readonly all: number }): JSX.Element {
  return (
    <div class="card empty">
      <h2>No metric fits this search</h2>
      <button type="button" class="button" onClick={() => setView({ q: null })}>
        Show all {all}
      </button>
    </div>
  )
}

function NoMetrics({ isSystem }: { readonly isSystem: boolean }): JSX.Element {
  return (
    <div class="card empty">
      <h2>{isSystem ? 'No figures of the system' : 'No metrics yet'}</h2>
      <p>
        {isSystem
          ? 'Metrics whose names begin with sys/ or time/ are shown here: memory, load, time of a step.'
          : 'Charts appear with the first line of hotcb.metrics.jsonl.'}
      </p>
    </div>
  )
}
