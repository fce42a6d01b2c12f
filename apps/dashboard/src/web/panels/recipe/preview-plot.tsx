import type { JSX } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { formatNumber, formatStep } from '../../../shared/describe.ts'
import { visibleText } from '../../../shared/visible-text.ts'
import { useRoving } from '../../parts/use-roving.ts'
import type { Preview, PreviewControl, PreviewLine, PreviewMark } from './preview-data.ts'
import type { RecipeStore } from './recipe-store.ts'

/** The lines of a preview, one plot below another, with the marks of the entries above them. */
export function PreviewPlot(props: {
  readonly store: RecipeStore
  readonly preview: Preview
  readonly metric: string | undefined
  /** The step of the trainer; null if there is no trainer. */
  readonly reached: number | null
}): JSX.Element {
  const { store, preview, metric, reached } = props
  const { first, last, controls, marks } = preview
  const x = (step: number): number => ((step - first) / (last - first || 1)) * WIDTH
  const lines = marks.map(({ step }) => `M${x(step).toFixed(1)} 0V${HEIGHT}`).join('')
  const values = preview.metric?.values.filter((value) => value !== null) ?? []
  const low = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY)
  const high = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)
  return (
    <div class="recipe-plots">
      <Marks store={store} preview={preview} reached={reached} />
      {preview.metric !== null && metric !== undefined && (
        <Plot name={metric} low={low} high={high} marks={lines} isTall>
          <path class="metric" d={pathOf(preview.metric, x, scaleOf({ low, high, isLog: false }))} />
        </Plot>
      )}
      {controls.slice(0, MOST_PLOTS).map((control) => (
        <ControlPlot key={control.key} control={control} x={x} marks={lines} />
      ))}
      {controls.length > MOST_PLOTS && <p class="muted small-text">and {controls.length - MOST_PLOTS} more controls</p>}
      <div class="recipe-axis muted small-text" aria-hidden="true">
        <span>{formatStep(first)}</span>
        <span>{formatStep(Math.round((first + last) / 2))}</span>
        <span>{formatStep(last)}</span>
      </div>
    </div>
  )
}

const WIDTH = 1000
const HEIGHT = 100
const MOST_PLOTS = 20

function ControlPlot(props: {
  readonly control: PreviewControl
  readonly x: (step: number) => number
  readonly marks: string
}): JSX.Element {
  const { control, x, marks } = props
  const { key, low, high, line, before } = control
  const y = scaleOf(control)
  return (
    <Plot name={key} low={low} high={high} marks={marks}>
      {before !== null && <path class="before" d={pathOf(before, x, y)} />}
      <path class="control" d={pathOf(line, x, y)} />
    </Plot>
  )
}

function Plot(props: {
  readonly name: string
  readonly low: number
  readonly high: number
  readonly marks: string
  readonly isTall?: boolean
  readonly children: JSX.Element | (JSX.Element | false)[]
}): JSX.Element {
  const { name, low, high, marks, isTall = false, children } = props
  const range = low > high ? '' : low === high ? formatNumber(low) : `${formatNumber(low)} to ${formatNumber(high)}`
  return (
    <figure class={isTall ? 'recipe-plot tall' : 'recipe-plot'} data-plot={name}>
      <figcaption>
        <b class="cut">{visibleText(name)}</b>
        <span class="muted small-text">{range}</span>
      </figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${visibleText(name)} over the steps: ${range}`}
      >
        <path class="mark" d={marks} />
        {children}
      </svg>
    </figure>
  )
}

/** A mark for each step with entries. Marks can be dragged, and arrow keys move from one to the next. */
function Marks(props: {
  readonly store: RecipeStore
  readonly preview: Preview
  readonly reached: number | null
}): JSX.Element {
  const { store, preview, reached } = props
  const { first, last, marks } = preview
  const strip = useRef<HTMLDivElement>(null)
  const [drag, setDrag] = useState<Drag | undefined>(undefined)
  useRoving(strip, '.recipe-mark')
  const at = (step: number): string => `${((step - first) / (last - first || 1)) * 100}%`
  const stepsFor = (pixels: number): number => Math.round((pixels / (strip.current?.clientWidth || 1)) * (last - first))
  const begin = (event: PointerEvent, mark: PreviewMark): void => {
    if (event.button !== 0 || !(event.currentTarget instanceof HTMLElement)) return
    event.currentTarget.setPointerCapture(event.pointerId)
    setDrag({ step: mark.step, x: event.clientX, steps: 0 })
  }
  const move = (event: PointerEvent): void => {
    if (drag !== undefined) setDrag({ ...drag, steps: Math.max(-drag.step, stepsFor(event.clientX - drag.x)) })
  }
  const end = (mark: PreviewMark): void => {
    setDrag(undefined)
    if (drag === undefined || drag.steps === 0) return
    store.edit({ kind: 'shift', ids: mark.rows.map(({ id }) => id), steps: drag.steps })
  }
  return (
    <div ref={strip} class="recipe-marks" role="group" aria-label="Entries over the steps">
      {reached !== null && (
        <span
          class="reached"
          style={{ left: at(Math.min(reached, last)) }}
          title={`the trainer is at step ${reached}`}
        />
      )}
      {marks.slice(0, MOST_MARKS).map((mark) => {
        const { step, rows } = mark
        const isDragged = drag?.step === step
        const shown = step + (isDragged ? drag.steps : 0)
        const what = rows.length === 1 ? '1 entry' : `${rows.length} entries`
        return (
          <button
            key={rows[0]?.id ?? step}
            type="button"
            class="recipe-mark"
            aria-label={`Step ${step}, ${what}`}
            aria-pressed={rows.every(({ id }) => store.chosen.value.has(id))}
            style={{ left: at(shown) }}
            onPointerDown={(event) => begin(event, mark)}
            onPointerMove={move}
            onPointerUp={() => end(mark)}
            onPointerCancel={() => setDrag(undefined)}
            onClick={() => choose(store, mark)}
          >
            {rows.length > 1 && rows.length}
            {isDragged && drag.steps !== 0 && <span class="to">{shown}</span>}
          </button>
        )
      })}
    </div>
  )
}

const MOST_MARKS = 300

interface Drag {
  readonly step: number
  /** Where the drag started, in window pixels. */
  readonly x: number
  readonly steps: number
}

function choose({ chosen }: RecipeStore, { rows }: PreviewMark): void {
  const isChosen = rows.every(({ id }) => chosen.value.has(id))
  chosen.value = isChosen ? new Set() : new Set(rows.map(({ id }) => id))
}

function scaleOf({ low, high, isLog }: Pick<PreviewControl, 'low' | 'high' | 'isLog'>): (value: number) => number {
  const of = isLog ? Math.log : (value: number): number => value
  const [bottom, top] = [of(low), of(high)]
  return (value) =>
    top === bottom ? HEIGHT / 2 : HEIGHT - PAD - ((of(value) - bottom) / (top - bottom)) * (HEIGHT - 2 * PAD)
}

const PAD = 8

function pathOf({ steps, values }: PreviewLine, x: (step: number) => number, y: (value: number) => number): string {
  let path = ''
  let isOpen = false
  for (const [i, step] of steps.entries()) {
    const value = values[i] ?? null
    if (value === null) {
      isOpen = false
      continue
    }
    path += `${isOpen ? 'L' : 'M'}${x(step).toFixed(1)} ${y(value).toFixed(1)}`
    isOpen = true
  }
  return path
}
