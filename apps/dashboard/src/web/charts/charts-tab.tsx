import { guessKeyMetric } from '@hotcb/metrics/judge'
import { effect, signal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { type ChartGroup, type ChartSpec, groupCharts, matchNames } from '../../shared/chart-groups.ts'
import { isTyping } from '../parts/help.tsx'
import { setView } from '../route.ts'
import { useRun } from '../run/run-context.ts'
import { Chart } from './chart.tsx'
import { ChartToolbar } from './chart-toolbar.tsx'
import { FocusView } from './focus-view.tsx'
import { LazyChart } from './lazy-chart.tsx'
import { type ChartView, chartView, span } from './view.ts'

/** Groups that were folded or unfolded by hand, for this page. */
const folded = signal<ReadonlyMap<string, boolean>>(new Map())

/** All charts of a run, or the one in focus. */
export function ChartsTab({ only }: { readonly only?: (name: string) => boolean }): JSX.Element {
  const { names, series, detail } = useRun()
  const search = useRef<HTMLInputElement>(null)
  const now = chartView()
  // The same object while nothing in it has changed: what is below is then left alone.
  const view = useMemo(() => now, [JSON.stringify(now)])
  useEffect(() => effect(() => series.setSpan(span.value)), [series])
  useEffect(() => {
    const focus = (event: KeyboardEvent): void => {
      if (event.key !== '/' || isTyping(event)) return
      event.preventDefault()
      search.current?.focus()
    }
    addEventListener('keydown', focus)
    return () => removeEventListener('keydown', focus)
  }, [])
  const known = names.value
  const all = useMemo(() => {
    const list = (known?.names ?? []).map(({ name }) => name)
    return only === undefined ? list : list.filter(only)
  }, [known, only])
  const found = useMemo(() => matchNames(all, view.search), [all, view.search])
  const specs = useMemo(() => groupCharts(all).flatMap((group) => group.charts), [all])
  const key = detail.value?.row.key_metric?.name ?? guessKeyMetric(all)
  const pinned = view.pinned ?? (only === undefined ? defaultPins(specs, key) : [])
  const groups = useMemo(
    () => withoutPinned(groupCharts(found), view.search === '' ? pinned : []),
    [found, view.search, pinned.join('\n')],
  )
  const pinnedSpecs = pinned
    .map((title) => specs.find((spec) => spec.title === title))
    .filter((spec) => spec !== undefined)

  if (known !== undefined && all.length === 0) return <NoMetrics isSystem={only !== undefined} />
  if (view.focus !== undefined && view.focus.length > 0) {
    return (
      <>
        <ChartToolbar view={view} search={search} found={found.length} all={all.length} />
        <FocusView names={view.focus} all={all} view={view} pinned={pinned} />
      </>
    )
  }
  return (
    <>
      <ChartToolbar view={view} search={search} found={found.length} all={all.length} />
      {pinnedSpecs.length > 0 && view.search === '' && (
        <section class="group" aria-label="Pinned charts">
          <div class={`charts ${pinnedSpecs.length === 1 ? 'large' : ''}`}>
            {pinnedSpecs.map((spec) => (
              <Chart
                key={`pin ${spec.title}`}
                spec={spec}
                view={view}
                pinned={pinned}
                height={pinnedSpecs.length === 1 ? 240 : undefined}
              />
            ))}
          </div>
        </section>
      )}
      {groups.map((group, i) => {
        const isOpen =
          folded.value.get(group.title) ?? (view.search !== '' || i < OPEN_GROUPS || group.charts.length <= FEW)
        return (
          <section class="group" key={group.title} aria-label={group.title}>
            <header>
              <button
                type="button"
                aria-expanded={isOpen}
                onClick={() => (folded.value = new Map([...folded.value, [group.title, !isOpen]]))}
              >
                <span aria-hidden="true">{isOpen ? '▾' : '▸'}</span> {group.title}
              </button>
              <span class="muted">{group.charts.length}</span>
            </header>
            {isOpen && <ChartGrid charts={group.charts} view={view} pinned={pinned} />}
          </section>
        )
      })}
      {known !== undefined && found.length === 0 && (
        <div class="card empty">
          <h2>No metric fits this search</h2>
          <button type="button" class="button" onClick={() => setView({ q: null })}>
            Show all {all.length}
          </button>
        </div>
      )}
    </>
  )
}

/** A pinned chart stands at the top, and not again below. */
function withoutPinned(groups: readonly ChartGroup[], pinned: readonly string[]): ChartGroup[] {
  return groups
    .map(({ title, charts }) => ({ title, charts: charts.filter((spec) => !pinned.includes(spec.title)) }))
    .filter(({ charts }) => charts.length > 0)
}

const OPEN_GROUPS = 3
const FEW = 12

function ChartGrid(props: {
  readonly charts: readonly ChartSpec[]
  readonly view: ChartView
  readonly pinned: readonly string[]
}): JSX.Element {
  const { charts, view, pinned } = props
  return (
    <div class="charts">
      {useMemo(
        () =>
          charts.map((spec) => (
            <LazyChart key={spec.title}>{() => <Chart spec={spec} view={view} pinned={pinned} />}</LazyChart>
          )),
        [charts, view, pinned.join('\n')],
      )}
    </div>
  )
}

/** Nobody has pinned anything: the chart of the key metric stands at the top of a run with many. */
function defaultPins(specs: readonly ChartSpec[], key: string | undefined): string[] {
  if (specs.length < 8) return []
  const spec = specs.find(({ names }) => key !== undefined && names.includes(key))
  return spec === undefined ? [] : [spec.title]
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
