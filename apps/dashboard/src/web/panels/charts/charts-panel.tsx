import { guessKeyMetric } from '@hotcb/metrics/judge'
import { effect } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { type ChartSpec, groupCharts, matchNames } from '../../../shared/chart-groups.ts'
import { metricNotes } from '../../../shared/metric-notes.ts'
import type { MetricNames } from '../../../shared/wire.ts'
import { PageRail } from '../../changes/page-rail.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { useFocusKey } from '../../parts/focus-key.ts'
import { ViewsMenu } from '../../parts/views-menu.tsx'
import { queryOf, setView, showQuery } from '../../route.ts'
import { useRun } from '../../run/run-context.ts'
import { lazyPanel } from '../lazy-panel.tsx'
import { useStream } from '../panel.ts'
import { AllCharts } from './all-charts.tsx'
import { followAnnotations } from './annotations.ts'
import { ChartToolbar } from './chart-toolbar.tsx'
import './charts.css'
import { EmptyState } from '../../parts/empty-state.tsx'
import { FILLING_CODE } from '../../parts/filling-lines.ts'
import { NoMetrics } from '../../parts/no-metrics.tsx'
import { FocusView } from './focus-view.tsx'
import { keepLayout, restoreLayout } from './kept-layout.ts'
import { LAYOUT_PARAMS } from './layout.ts'
import { chartView, span } from './view.ts'

/** Shows all of a run's charts, or the enlarged one. */
export function ChartsPanel(): JSX.Element {
  const { id } = useRun()
  useEffect(restoreLayout, [])
  useEffect(() => followAnnotations(id), [id])
  return <MetricCharts />
}

/** Shows the charts of metrics. `only` limits them to certain names. */
export function MetricCharts({ only }: { readonly only?: (name: string) => boolean }): JSX.Element {
  const { names, series } = useStream('metrics')
  const { detail } = useStream('state')
  const search = useRef<HTMLInputElement>(null)
  useFocusKey('/', search)
  useEffect(() => effect(() => series.setSpan(span.value)), [series])
  const now = chartView()
  useEffect(() => series.setSmoothing(now.smoothing), [series, now.smoothing])
  // The object stays the same as long as its content does, so that the components below are not rendered again.
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
  const focus = view.focus ?? NONE
  const isFocused = focus.length > 0
  const compared = isFocused ? focus : mainNames(specs, key)
  if (known !== undefined && all.length === 0) return only === undefined ? <NoMetrics /> : <NoSystemMetrics />
  return (
    <>
      <ChartToolbar view={view} search={search} found={found.length} all={all.length}>
        {only === undefined && (
          <>
            <NewChartButton titles={specs.map(({ title }) => title)} />
            <ChartViews />
          </>
        )}
      </ChartToolbar>
      {known !== undefined && <LeftOut known={known} />}
      <PageRail choice={view.marks} names={compared}>
        {isFocused ? (
          <FocusView names={focus} all={all} specs={specs} view={view} pinned={pinned} />
        ) : (
          <AllCharts found={found} specs={specs} view={view} pinned={pinned} hasOwn={only === undefined} />
        )}
      </PageRail>
      {!isFocused && known !== undefined && found.length === 0 && <NoneFound all={all.length} />}
    </>
  )
}

const NONE: readonly string[] = []

/** The address parameters that a saved view of the charts contains. */
const VIEW_PARAMS = [...LAYOUT_PARAMS, 'pin', 'smooth', 'log', 'norm', 'marks']

function ChartViews(): JSX.Element {
  return (
    <ViewsMenu
      path="chart-views"
      now={queryOf(VIEW_PARAMS)}
      plain="Default charts"
      content="charts, axes, sizes and order"
      size="small"
      onShow={(query) => {
        showQuery(query, VIEW_PARAMS)
        keepLayout()
      }}
    />
  )
}

const LazyNewChart = lazyPanel(async () => (await import('./new-chart.tsx')).NewChart)

function NewChartButton({ titles }: { readonly titles: readonly string[] }): JSX.Element {
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <button type="button" class="button small" onClick={() => setOpen(true)}>
        New chart
      </button>
      {isOpen && (
        <Dialog title="New chart" onClose={() => setOpen(false)}>
          <LazyNewChart titles={titles} onDone={() => setOpen(false)} />
        </Dialog>
      )}
    </>
  )
}

/** Notes about points that the charts omit. */
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

/** Returns the metrics in the chart with the key metric, otherwise those in the first chart. */
function mainNames(specs: readonly ChartSpec[], key: string | undefined): readonly string[] {
  return (specs.find(({ names }) => key !== undefined && names.includes(key)) ?? specs[0])?.names ?? NONE
}

/** Default pins, if the person has none: in a run with many charts, the key metric's chart is at the top. */
function defaultPins(specs: readonly ChartSpec[], key: string | undefined): string[] {
  if (specs.length < MANY) return []
  const spec = specs.find(({ names }) => key !== undefined && names.includes(key))
  return spec === undefined ? [] : [spec.title]
}

const MANY = 8

function NoneFound({ all }: { readonly all: number }): JSX.Element {
  return (
    <div class="card empty">
      <h2>No metric matches this search</h2>
      <button type="button" class="button" onClick={() => setView({ q: null })}>
        Show all {all}
      </button>
    </div>
  )
}

function NoSystemMetrics(): JSX.Element {
  return (
    <EmptyState title="No machine metrics" line={FILLING_CODE.system}>
      A trainer with a metrics collector also measures the processor, the memory and the GPUs:
    </EmptyState>
  )
}
