import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { STATES } from '../../shared/sweeps/sweep-wire.ts'
import { duration } from '../parts/time.ts'
import { useRoving } from '../parts/use-roving.ts'
import { VirtualRows } from '../parts/virtual-rows.tsx'
import { setView, viewParam } from '../route.ts'
import { readSorting, sortingText } from './order.ts'
import { StateBadge } from './state-badge.tsx'
import { cellText, type SweepData } from './sweep-data.ts'
import type { SweepStore } from './sweep-store.ts'
import { openTrial } from './trial-dialog.tsx'
import { colorOf } from './value-colors.ts'

const ROW_HEIGHT = 36
/** The minimum time between updates of the table while a person drags a range. Plots are updated immediately. */
const PACE_MS = 90

interface Column {
  readonly key: string
  readonly title: string
  readonly width: number
  readonly isNumber: boolean
}

/** Shows the trials that match the filters, one per row. */
export function TrialsTable({ store }: { readonly store: SweepStore }): JSX.Element {
  const body = useRef<HTMLDivElement>(null)
  const places = usePaced(store)
  const { data } = store.data.value
  const columns = columnsOf(store, data)
  const tracks = tracksOf(columns)
  const least = 56 + columns.reduce((sum, { width }) => sum + width + 16, 0)
  const colors = store.colors.value
  useRoving(body, '.whole-row')
  const chosen = store.chosen.value
  const isAll =
    places.length > 0 && chosen.size >= places.length && places.every((place) => chosen.has(data.index[place] ?? -1))
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard.
    <div class="card rows scroll-x trials" role="region" aria-label="Table of trials" tabIndex={0}>
      <div role="table" aria-label="Trials" aria-rowcount={places.length + 1} style={{ minWidth: `${least}px` }}>
        <div role="rowgroup">
          <div class="row-grid head" role="row" aria-rowindex={1} style={{ gridTemplateColumns: tracks }}>
            <span role="columnheader">
              <input
                type="checkbox"
                aria-label="Select all trials that match the filter"
                checked={isAll}
                onChange={() =>
                  (store.chosen.value = new Set(isAll ? [] : places.map((place) => data.index[place] ?? 0)))
                }
              />
            </span>
            {columns.map((column) => (
              <Heading key={column.key} column={column} direction={store.direction.value} />
            ))}
          </div>
        </div>
        <div ref={body} role="rowgroup">
          <VirtualRows items={places} rowHeight={ROW_HEIGHT} keyOf={(place) => data.index[place] ?? place}>
            {(place, style, index) => (
              <TrialRow
                store={store}
                data={data}
                place={place}
                columns={columns}
                color={colorOf(colors[place] ?? 0)}
                isChosen={chosen.has(data.index[place] ?? -1)}
                style={{ ...style, gridTemplateColumns: tracks }}
                index={index}
              />
            )}
          </VirtualRows>
        </div>
      </div>
    </div>
  )
}

/** Returns the rows of the table, updated no faster than a person can follow. */
function usePaced(store: SweepStore): readonly number[] {
  const [places, setPlaces] = useState<readonly number[]>(() => [...store.ordered.value])
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let dueMs = 0
    const stop = store.ordered.subscribe((next) => {
      clearTimeout(timer)
      const wait = dueMs - performance.now()
      const show = (): void => {
        dueMs = performance.now() + PACE_MS
        setPlaces([...next])
      }
      if (wait <= 0) show()
      else timer = setTimeout(show, wait)
    })
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [store])
  return places
}

/**
 * Returns the tracks of the grid. The column of reasons gets the remaining width; without it, the parameters share that width.
 */
function tracksOf(columns: readonly Column[]): string {
  const hasWhy = columns.some(({ key }) => key === 'why')
  const grows = (key: string): boolean => (hasWhy ? key === 'why' : key === 'value' || key.startsWith('p:'))
  const tracks = columns.map(({ key, width }) => (grows(key) ? `minmax(${width}px, 1fr)` : `${width}px`))
  return `32px ${tracks.join(' ')}`
}

function columnsOf(store: SweepStore, data: SweepData): readonly Column[] {
  const metric = store.metric.value
  const varied = new Set(store.axes.value.map(({ name }) => name))
  const params = [...data.params.keys()].filter((name) => varied.has(name))
  const isNumeric = (name: string): boolean => typeof data.params.get(name)?.find((cell) => cell !== null) === 'number'
  const hasStages = (store.detail.value?.stages.length ?? 0) > 0
  return [
    { key: 'index', title: 'Trial', width: 52, isNumber: true },
    { key: 'state', title: 'State', width: 112, isNumber: false },
    ...(hasStages ? [{ key: 'stage', title: 'Stage', width: 100, isNumber: false }] : []),
    ...(metric === null
      ? []
      : [{ key: 'value', title: metric, width: Math.max(92, 8 * metric.length + 24), isNumber: true }]),
    ...params.map((name) => ({
      key: `p:${name}`,
      title: name,
      width: Math.min(160, Math.max(84, 8 * name.length + 20)),
      isNumber: isNumeric(name),
    })),
    { key: 'step', title: 'Step', width: 72, isNumber: true },
    { key: 'seconds', title: 'Time', width: 64, isNumber: true },
    // Most sweeps have no reasons.
    ...(data.why.some((why) => why !== null && why !== '')
      ? [{ key: 'why', title: 'Why', width: 180, isNumber: false }]
      : []),
  ]
}

function Heading({ column, direction }: { readonly column: Column; readonly direction: 'min' | 'max' }): JSX.Element {
  const sorting = readSorting(viewParam('sort'), direction)
  const isSorted = sorting.column === column.key
  const isSortable = column.key !== 'why' && column.key !== 'stage'
  const sort = (): void => {
    const isDescending = isSorted ? !sorting.isDescending : column.key === 'value' && direction === 'max'
    setView({ sort: sortingText({ column: column.key, isDescending }) })
  }
  const order = sorting.isDescending ? 'descending' : 'ascending'
  return (
    <span role="columnheader" class={`cut ${column.isNumber ? 'number' : ''}`} aria-sort={isSorted ? order : undefined}>
      {isSortable ? (
        <button type="button" title={column.title} onClick={sort}>
          {column.title}
          {isSorted ? (sorting.isDescending ? ' ↓' : ' ↑') : ''}
        </button>
      ) : (
        column.title
      )}
    </span>
  )
}

function TrialRow(props: {
  readonly store: SweepStore
  readonly data: SweepData
  readonly place: number
  readonly columns: readonly Column[]
  readonly color: string
  readonly isChosen: boolean
  readonly style: Readonly<Record<string, string>>
  readonly index: number
}): JSX.Element {
  const { store, data, place, columns, color, isChosen, style, index } = props
  const i = data.index[place] ?? 0
  const choose = (): void => {
    const next = new Set(store.chosen.value)
    if (!next.delete(i)) next.add(i)
    store.chosen.value = next
  }
  return (
    <div class={`line row-grid ${isChosen ? 'selected' : ''}`} role="row" aria-rowindex={index + 2} style={style}>
      <span role="cell" class="above">
        <input type="checkbox" aria-label={`Select trial ${i}`} checked={isChosen} onChange={choose} />
      </span>
      {columns.map(({ key, isNumber }) => (
        <span key={key} role="cell" class={`cut ${isNumber ? 'number' : ''}`}>
          {key === 'index' ? (
            <button type="button" class="whole-row" onClick={() => openTrial(i)}>
              {i}
            </button>
          ) : (
            <Cell data={data} place={place} column={key} color={color} />
          )}
        </span>
      ))}
    </div>
  )
}

function Cell(props: {
  readonly data: SweepData
  readonly place: number
  readonly column: string
  readonly color: string
}): JSX.Element {
  const { data, place, column, color } = props
  if (column === 'state') return <StateBadge state={STATES[data.state[place] ?? 0] ?? 'ready'} />
  if (column === 'why') {
    const why = data.why[place] ?? ''
    return (
      <span class="muted small-text" title={why}>
        {why}
      </span>
    )
  }
  if (column === 'value') return <ValueCell value={data.value[place] ?? null} color={color} />
  return <>{textOf(data, place, column)}</>
}

function ValueCell({ value, color }: { readonly value: number | null; readonly color: string }): JSX.Element {
  return (
    <>
      {value !== null && <i class="value-dot" style={{ background: color }} />} {cellText(value)}
    </>
  )
}

function textOf(data: SweepData, place: number, column: string): string {
  if (column === 'stage') return data.stage[place] ?? ''
  if (column === 'step') return cellText(data.step[place] ?? null)
  if (column === 'seconds') {
    const seconds = data.seconds[place] ?? null
    return seconds === null ? '' : seconds < 1 ? '<1 s' : duration(seconds)
  }
  return cellText(data.params.get(column.slice(2))?.[place] ?? null)
}
