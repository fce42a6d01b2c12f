import { type Signal, signal } from '@preact/signals'
import type { JSX } from 'preact'
import { useContext, useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type uPlot from 'uplot'
import { type Annotation, annotationsOf } from '../../../shared/annotations.ts'
import type { ChartSpec } from '../../../shared/chart-groups.ts'
import { controlOfMetric } from '../../changes/ahead.ts'
import { Ahead } from '../../changes/ahead-context.ts'
import { Rail } from '../../changes/rail.tsx'
import { forgetEdges, noteEdges } from '../../changes/rail-edges.ts'
import type { RailMark } from '../../changes/rail-mark.ts'
import { RailMarks } from '../../changes/rail-marks.ts'
import type { ChartOptions } from '../../compare/chart-spec.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { isViewer } from '../../run/rights.ts'
import { useRun } from '../../run/run-context.ts'
import type { PlotSeries } from '../../streams/series-store.ts'
import { isDark } from '../../theme.ts'
import { openMarks } from '../change/open-change.ts'
import { lazyPanel } from '../lazy-panel.tsx'
import { annotations } from './annotations.ts'
import { ChartTools } from './chart-tools.tsx'
import { handleKey } from './gestures.ts'
import { optionsOf } from './layout.ts'
import { Legend } from './legend.tsx'
import { openLivePlot, type PlotPoints } from './live-plot.ts'
import { NoteFlags } from './note-flags.tsx'
import { type NotePlace, sameNotes } from './notes.ts'
import { useOverlay } from './overlay.ts'
import type { PlotLook } from './plot-columns.ts'
import { readingOf } from './reading.ts'
import { ResizeGrip } from './resize-grip.tsx'
import { useLines } from './use-lines.ts'
import type { ChartView } from './view.ts'

/** Properties of a chart with several metrics. */
export interface ChartProps {
  readonly spec: ChartSpec
  readonly view: ChartView
  readonly isLarge?: boolean
  /** In pixels. Default: the height of a small chart. */
  readonly height?: number | undefined
  readonly pinned: readonly string[]
  /** Whether the chart is as wide as the page, so that the rail above it must align with its steps. */
  readonly isWide?: boolean
  /** The changes to mark on the chart's own rail. Default: those of the page's rail. */
  readonly marks?: readonly RailMark[]
}

/** Shows a live chart with its lines, change marks, legend and tools. */
export function Chart(props: ChartProps): JSX.Element {
  const { spec, view, isLarge = false, height = 184, pinned, marks: own } = props
  const isWide = props.isWide === true || isLarge || own !== undefined
  const { series, problem } = useLines(spec.names)
  const host = useRef<HTMLDivElement>(null)
  const options = optionsOf(view.layout, spec.title)
  const usual = isLarge ? Math.max(280, Math.min(560, innerHeight - 460)) : (options.height ?? height)
  const look = useLook(spec.names, usual, view, options)
  const onPage = useContext(RailMarks)
  const marks = own ?? onPage
  const notes = useMemo(() => annotationsOf(annotations.value, spec.names), [annotations.value, spec.names.join('\n')])
  const shown = { series, look, marks, notes, isLarge, isWide }
  const { plot, legend, notePlaces, points, step } = usePlot(host, shown)
  const [noted, setNoted] = useState<Annotation | number | null>(null)
  const [spoken, setSpoken] = useState('')
  const say = (step: number): void => {
    const values = look.names.map((name) => {
      const { value, title } = readingOf(series.get(name), step)
      return `${name} ${title === '' ? value : title}`
    })
    setSpoken(`step ${step}: ${values.join(', ')}`)
  }
  return (
    <figure class="card chart" data-chart={spec.title}>
      <header>
        <h3 class="cut" title={spec.title}>
          {spec.title}
        </h3>
        <ChartTools
          {...{ spec, view, isLarge, pinned, plot, series, look, marks, notes }}
          onNote={() => setNoted(step.current ?? series.extent.peek().last)}
        />
      </header>
      <Legend names={spec.names} store={series} update={legend} />
      {own !== undefined && <Rail marks={own} series={series} onOpen={(opened) => openMarks(opened, spec.names)} />}
      <div class="plot-area">
        <div
          ref={host}
          class="plot"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move the cursor in the plot.
          tabIndex={0}
          role="img"
          aria-label={`Chart of ${spec.names.join(', ')} by step. Arrow keys move the cursor, plus and minus zoom, n adds an annotation.`}
          onKeyDown={(event) => {
            if (event.key === 'n' && !isViewer() && !event.ctrlKey && !event.metaKey) setNoted(step.current ?? 0)
            else if (plot.current !== undefined) handleKey(event, plot.current, series, say)
          }}
        >
          {points.found !== 'some' && problem === '' && <span class="plot-empty">{EMPTY[points.found]}</span>}
        </div>
        <NoteFlags places={notePlaces} onOpen={setNoted} />
      </div>
      {problem !== '' && (
        <p class="issue plot-note" role="alert">
          {problem}
        </p>
      )}
      {points.missing !== '' && <p class="muted small-text plot-note">{points.missing}</p>}
      {!isLarge && own === undefined && (
        <ResizeGrip title={spec.title} options={options} height={look.height} plot={plot} />
      )}
      {noted !== null && <NoteDialog noted={noted} names={spec.names} onDone={() => setNoted(null)} />}
      <output class="visually-hidden" aria-live="polite">
        {spoken}
      </output>
    </figure>
  )
}

const LazyNoteForm = lazyPanel(async () => (await import('./note-form.tsx')).NoteForm)
const LazyNoteView = lazyPanel(async () => (await import('./note-view.tsx')).NoteView)

/** Shows an annotation, or the form for a new one. */
function NoteDialog(props: {
  readonly noted: Annotation | number
  readonly names: readonly string[]
  readonly onDone: () => void
}): JSX.Element {
  const { noted, names, onDone } = props
  const isNew = typeof noted === 'number'
  return (
    <Dialog title={isNew ? 'New annotation' : 'Annotation'} onClose={onDone}>
      {isNew ? (
        <LazyNoteForm names={names} step={Math.max(0, Math.round(noted))} onDone={onDone} />
      ) : (
        <LazyNoteView note={noted} onDone={onDone} />
      )}
    </Dialog>
  )
}

interface OpenPlot {
  readonly plot: { readonly current: uPlot | undefined }
  readonly legend: { current: (step: number | null) => void }
  readonly notePlaces: Signal<readonly NotePlace[]>
  /** The step that was last under the cursor. */
  readonly step: { readonly current: number | null }
  readonly points: PlotPoints
}

/** Draws a chart's lines while it is mounted. */
function usePlot(
  host: { readonly current: HTMLDivElement | null },
  shown: {
    readonly series: PlotSeries
    readonly look: PlotLook
    readonly marks: readonly RailMark[]
    readonly notes: readonly Annotation[]
    readonly isLarge: boolean
    readonly isWide: boolean
  },
): OpenPlot {
  const { series, look, marks, notes, isLarge, isWide } = shown
  const plot = useRef<uPlot | undefined>(undefined)
  const legend = useRef<(step: number | null) => void>(() => undefined)
  const [notePlaces] = useState(() => signal<readonly NotePlace[]>([]))
  const step = useRef<number | null>(null)
  const [points, setPoints] = useState<PlotPoints>(NO_POINTS)
  const overlay = useOverlay(look.names, plot, isLarge)
  const now = useRef({ marks, notes })
  now.current = { marks, notes }
  const { ghosts } = points
  useEffect(() => {
    const element = host.current
    if (element === null) return
    const pixels = isLarge ? innerWidth : Math.max(300, element.clientWidth)
    const drawn = openLivePlot(
      element,
      {
        store: series,
        look,
        ghosts,
        pixels,
        marks: () => now.current.marks,
        notes: () => now.current.notes,
        overlay,
      },
      {
        onStep: (under) => {
          step.current = under ?? step.current
          legend.current(under)
        },
        onPoints: (next) => setPoints((before) => (samePoints(before, next) ? before : next)),
        onNotes: (places) => {
          if (!sameNotes(notePlaces.value, places)) notePlaces.value = places
        },
        onDraw: isWide ? noteEdges : undefined,
      },
    )
    plot.current = drawn.plot
    return () => {
      drawn.close()
      plot.current = undefined
      if (isWide) forgetEdges(drawn.plot)
    }
  }, [look, ghosts, isDark.value, series])
  useEffect(() => plot.current?.redraw(false), [marks, notes])
  return { plot, legend, notePlaces, points, step }
}

const EMPTY = { none: 'no points in this range', unread: 'Reading…' } as const

const NO_POINTS: PlotPoints = { ghosts: 0, found: 'unread', missing: '' }

function samePoints(a: PlotPoints, b: PlotPoints): boolean {
  return a.ghosts === b.ghosts && a.found === b.found && a.missing === b.missing
}

/** Returns the same object as long as the chart's look stays the same. */
function useLook(names: readonly string[], height: number, view: ChartView, axis: ChartOptions): PlotLook {
  const { smoothing } = view
  const isLog = axis.isLog || (view.isLog && !axis.keepsLinear)
  const ahead = useAheadOf(names)
  const isNormalised = view.isNormalised && names.length > 1
  return useMemo(
    () => ({ names, height, smoothing, isLog, isNormalised, axis, ahead }),
    [names.join('\n'), height, smoothing, isLog, isNormalised, JSON.stringify(axis), ahead],
  )
}

/** Returns the planned values of the controls that these metrics record, as the same object as long as they do not change. */
function useAheadOf(names: readonly string[]): PlotLook['ahead'] {
  const lines = useContext(Ahead)
  const { detail } = useRun()
  return useMemo(() => {
    if (lines.size === 0) return []
    const controls = detail.peek()?.controls ?? []
    return names.flatMap((name, at) => {
      const line = lines.get(controlOfMetric(name, controls) ?? '')
      return line === undefined ? [] : [{ at, line }]
    })
  }, [lines, names.join('\n')])
}
