import { messageOf } from '@hotcb/protocol'
import type { JSX } from 'preact'
import { useEffect, useMemo, useState } from 'preact/hooks'
import type { CompareFacts } from '../../shared/compare-wire.ts'
import { basePath } from '../base.ts'
import { follows, setView } from '../route.ts'
import { drawnLook, keepLooks, type RunLook } from '../runs/run-color.ts'
import { findAll } from '../runs/table-store.ts'
import { isDark } from '../theme.ts'
import { linesOf } from './chart-lines.ts'
import type { ChartSpec } from './chart-spec.ts'
import { CompareChart } from './compare-chart.tsx'
import { lineLooks, withoutRun } from './compare-looks.ts'
import { type CompareStore, metricNames, openCompareStore, type StepSpan } from './compare-store.ts'
import { CompareToolbar } from './compare-toolbar.tsx'
import { type CompareView, compareView, firstCharts, MOST_RUNS, setCharts } from './compare-view.ts'
import { DifferenceTable } from './difference-table.tsx'
import { DivergenceCard } from './divergence-card.tsx'
import { readFormula } from './expression.ts'
import { groupRuns } from './groups.ts'
import { lineAnnotations } from './line-annotations.ts'
import { RunLegend } from './run-legend.tsx'
import './compare.css'

/** Compares several runs. The address contains everything that the page shows. */
export function ComparePage(): JSX.Element {
  const store = useMemo(openCompareStore, [])
  useEffect(() => () => store.close(), [store])
  useEffect(() => {
    document.title = 'Compare · hotcb'
  }, [])
  const view = compareView()
  const { runs, problem } = useRuns(view)
  useEffect(() => {
    if (runs !== undefined) store.setRuns(runs)
  }, [store, runs?.join('\n')])
  const facts = store.facts.value
  const shownProblem =
    problem ?? store.problem.value ?? facts?.find(({ notes }) => notes.problem !== null)?.notes.problem ?? null
  return (
    <main id="main" class="page compare-page">
      <div class="compare-title">
        <a href={basePath} class="muted" onClick={(event) => follows(event, basePath)}>
          Runs
        </a>
        <span class="muted" aria-hidden="true">
          /
        </span>
        <h1>{runs === undefined ? 'Compare' : `Compare ${runs.length === 1 ? '1 run' : `${runs.length} runs`}`}</h1>
      </div>
      {shownProblem !== null && (
        <p class="notice bad" role="alert">
          {shownProblem}
        </p>
      )}
      {runs?.length === 0 && <NoRuns />}
      {runs?.length !== 0 && facts !== undefined && <Compared store={store} facts={facts} view={view} />}
      {runs?.length !== 0 && facts === undefined && shownProblem === null && (
        <p class="muted" role="status">
          Reading the runs…
        </p>
      )}
    </main>
  )
}

/** Returns the runs that the address names, or those that match its filter. */
function useRuns({ runs, filter }: CompareView): {
  readonly runs: readonly string[] | undefined
  readonly problem: string | null
} {
  const [found, setFound] = useState<readonly string[] | undefined>(undefined)
  const [problem, setProblem] = useState<string | null>(null)
  useEffect(() => {
    if (filter === null) return
    setFound(undefined)
    findAll({ filter }, MOST_RUNS).then(setFound, (error: unknown) => setProblem(messageOf(error)))
  }, [filter])
  return { runs: filter === null ? runs : found, problem }
}

function Compared(props: {
  readonly store: CompareStore
  readonly facts: readonly CompareFacts[]
  readonly view: CompareView
}): JSX.Element {
  const { store, facts, view } = props
  const names = useMemo(() => metricNames(store), [store]).value
  const charts = view.charts ?? firstCharts(names)
  const groups = useMemo(() => groupRuns(facts, view.grouping), [facts, view.grouping])
  const numbers = useMemo(() => lineLooks(view, groups), [lookKey(view), groups])
  const looks = useMemo(() => new Map([...numbers].map(([id, look]) => [id, drawnLook(look)])), [numbers, isDark.value])
  useEffect(() => {
    if (view.grouping === 'none') keepLooks(numbers)
  }, [numbers])
  const needsAxes = view.axis.kind !== 'step' && view.axis.kind !== 'metric'
  useEffect(() => {
    if (needsAxes) store.wantAxes()
  }, [needsAxes, store])
  const setChart = (at: number, spec: ChartSpec | undefined): void => {
    const next = [...charts]
    if (spec === undefined) next.splice(at, 1)
    else next[at] = spec
    setCharts(next)
  }
  return (
    <>
      <CompareToolbar view={view} names={names} charts={charts} />
      <div class="compare-body">
        <RunLegend
          groups={groups}
          facts={facts}
          hidden={view.hidden}
          looks={looks}
          onRemove={(id) => {
            const runs = facts.map((run) => run.id)
            setView(withoutRun(id, runs, numbers), true)
          }}
        />
        <div class="compare-charts">
          {charts.map((spec, at) => (
            <LazyChart
              key={spec.text}
              store={store}
              facts={facts}
              view={view}
              names={names}
              looks={looks}
              spec={spec}
              onSpec={(next) => setChart(at, next)}
            />
          ))}
        </div>
      </div>
      <DivergenceCard key={facts.map(({ id }) => id).join('\n')} facts={facts} />
      <DifferenceTable facts={facts} looks={looks} />
    </>
  )
}

/** Returns a key of everything except the groups on which the appearance of lines depends. */
function lookKey({ runs, looks, filter, grouping }: CompareView): string {
  return JSON.stringify([runs, [...looks], filter, grouping])
}

interface ChartProps {
  readonly store: CompareStore
  readonly facts: readonly CompareFacts[]
  readonly view: CompareView
  readonly names: readonly string[]
  readonly looks: ReadonlyMap<string, RunLook>
  readonly spec: ChartSpec
  readonly onSpec: (spec: ChartSpec | undefined) => void
}

function LazyChart({ store, facts, view, names, looks, spec, onSpec }: ChartProps): JSX.Element {
  const { axis, grouping, hidden, span } = view
  const formula = useMemo(() => readFormula(spec.text, names), [spec.text, names])
  const stepSpan = useMemo((): StepSpan => stepSpanOf(view), [axis.kind, span?.join('~')])
  useEffect(() => {
    if (!formula.ok) return
    store.want([...formula.value.names, ...(axis.kind === 'metric' ? [axis.name] : [])], stepSpan)
  }, [store, formula, axis, stepSpan])
  const [courses, axes] = [store.courses.value, store.axes.value]
  const hiddenKey = [...hidden].join('\n')
  const axisKey = axis.kind === 'metric' ? axis.name : axis.kind
  const [lines, annotations] = useMemo(() => {
    if (!formula.ok) return [[], []]
    const sources = { facts, courses, axes, axis, grouping, hidden, looks }
    const drawn = linesOf(formula.value, sources)
    return [drawn, lineAnnotations(formula.value, drawn, sources)]
  }, [formula, facts, courses, axes, axisKey, grouping, hiddenKey, looks])
  const isLoading = formula.ok && !facts.some(({ id }) => courses.get(id)?.has(formula.value.names[0] ?? ''))
  return (
    <CompareChart
      spec={spec}
      lines={lines}
      annotations={annotations}
      axis={axis}
      span={span}
      problem={formula.ok ? null : formula.problem}
      isLoading={isLoading}
      onSpec={onSpec}
    />
  )
}

/** Returns the steps to read. If a different axis is zoomed, whole runs are read and a part of them is shown. */
function stepSpanOf({ axis, span }: CompareView): StepSpan {
  return axis.kind === 'step' && span !== undefined
    ? { from: Math.floor(span[0]), to: Math.ceil(span[1]) }
    : { from: null, to: null }
}

function NoRuns(): JSX.Element {
  return (
    <div class="card empty">
      <h2>No runs to compare</h2>
      <p>Select runs in the table with their checkboxes, then press Compare.</p>
      <a class="button" href={basePath} onClick={(event) => follows(event, basePath)}>
        All runs
      </a>
    </div>
  )
}
