import { signal } from '@preact/signals'
import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import { type ChartGroup, type ChartSpec, groupCharts } from '../../../shared/chart-groups.ts'
import { Chart } from './chart.tsx'
import { ChartPlace } from './chart-place.tsx'
import { inOrder, optionsOf, titleOfLines } from './layout.ts'
import type { ChartView } from './view.ts'

/** Groups that a person folded or unfolded, kept until the page is closed. */
const folded = signal<ReadonlyMap<string, boolean>>(new Map())

/** Pinned charts, then all other charts in their groups. During a search, pinned charts appear in their groups too. */
export function AllCharts(props: {
  /** The metrics that match the search. */
  readonly found: readonly string[]
  /** All of the run's charts. */
  readonly specs: readonly ChartSpec[]
  readonly view: ChartView
  readonly pinned: readonly string[]
  /** Whether to show the custom charts. */
  readonly hasOwn: boolean
}): JSX.Element {
  const { found, specs, view, pinned, hasOwn } = props
  const isSearching = view.search !== ''
  const groups = useMemo(
    () => withoutPinned(groupCharts(found), isSearching ? [] : pinned),
    [found, isSearching, pinned.join('\n')],
  )
  return (
    <>
      {!isSearching && <PinnedCharts specs={specs} view={view} pinned={pinned} />}
      {!isSearching && hasOwn && <OwnCharts view={view} pinned={pinned} />}
      {groups.map((group, i) => (
        <Group
          key={group.title}
          group={group}
          isOpenAtFirst={isSearching || i < OPEN_GROUPS || group.charts.length <= FEW}
          view={view}
          pinned={pinned}
        />
      ))}
    </>
  )
}

const OPEN_GROUPS = 3
const FEW = 12

function PinnedCharts(props: {
  readonly specs: readonly ChartSpec[]
  readonly view: ChartView
  readonly pinned: readonly string[]
}): JSX.Element | null {
  const { specs, view, pinned } = props
  const all = [...specs, ...ownCharts(view)]
  const shown = pinned.map((title) => all.find((spec) => spec.title === title)).filter((spec) => spec !== undefined)
  const [alone] = shown
  if (alone === undefined) return null
  if (shown.length > 1) {
    return (
      <section class="group" aria-label="Pinned charts">
        <h2 class="visually-hidden">Pinned charts</h2>
        <ChartGrid charts={shown} group="pinned" view={view} pinned={pinned} />
      </section>
    )
  }
  return (
    <section class="group" aria-label="Pinned charts">
      <h2 class="visually-hidden">Pinned charts</h2>
      <div class="charts large">
        <Chart key={`pin ${alone.title}`} spec={alone} view={view} pinned={pinned} height={ALONE_HEIGHT} isWide />
      </div>
    </section>
  )
}

/** The custom charts that are not pinned. */
function OwnCharts({
  view,
  pinned,
}: {
  readonly view: ChartView
  readonly pinned: readonly string[]
}): JSX.Element | null {
  const charts = useMemo(
    () => ownCharts(view).filter(({ title }) => !pinned.includes(title)),
    [view.layout, pinned.join('\n')],
  )
  if (charts.length === 0) return null
  return (
    <section class="group" aria-label="Custom charts">
      <header>
        <h2>Custom charts</h2>
        <span class="muted">{charts.length}</span>
      </header>
      <ChartGrid charts={charts} group="own" view={view} pinned={pinned} />
    </section>
  )
}

function ownCharts({ layout }: ChartView): readonly ChartSpec[] {
  return layout.own.map((lines) => ({ title: titleOfLines(lines), names: lines }))
}

/** In pixels. */
const ALONE_HEIGHT = 240

function Group(props: {
  readonly group: ChartGroup
  readonly isOpenAtFirst: boolean
  readonly view: ChartView
  readonly pinned: readonly string[]
}): JSX.Element {
  const { group, isOpenAtFirst, view, pinned } = props
  const { title, charts } = group
  const isOpen = folded.value.get(title) ?? isOpenAtFirst
  return (
    <section class="group" aria-label={title}>
      <header>
        <h2>
          <button
            type="button"
            aria-expanded={isOpen}
            onClick={() => (folded.value = new Map([...folded.value, [title, !isOpen]]))}
          >
            <span aria-hidden="true">{isOpen ? '▾' : '▸'}</span> {title}
          </button>
        </h2>
        <span class="muted">{charts.length}</span>
      </header>
      {isOpen && <ChartGrid charts={charts} group="all" view={view} pinned={pinned} />}
    </section>
  )
}

function ChartGrid(props: {
  readonly charts: readonly ChartSpec[]
  readonly group: 'pinned' | 'own' | 'all'
  readonly view: ChartView
  readonly pinned: readonly string[]
}): JSX.Element {
  const { charts, group, view, pinned } = props
  return (
    <div class="charts">
      {useMemo(() => {
        // The address contains the order of pinned and custom charts.
        const ordered = group === 'all' ? inOrder(charts, view.layout.moves) : charts
        return ordered.map((spec) => (
          <ChartPlace key={spec.title} title={spec.title} group={group} options={optionsOf(view.layout, spec.title)}>
            {() => <Chart spec={spec} view={view} pinned={pinned} />}
          </ChartPlace>
        ))
      }, [charts, group, view, pinned.join('\n')])}
    </div>
  )
}

/** Removes pinned charts, which are shown only at the top. */
function withoutPinned(groups: readonly ChartGroup[], pinned: readonly string[]): ChartGroup[] {
  return groups
    .map(({ title, charts }) => ({ title, charts: charts.filter((spec) => !pinned.includes(spec.title)) }))
    .filter(({ charts }) => charts.length > 0)
}
