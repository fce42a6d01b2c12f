import type uPlot from 'uplot'
import type { Annotation } from '../../../shared/annotations.ts'
import type { RailMark } from '../../changes/rail-mark.ts'
import type { HeldSeries } from '../../streams/held-series.ts'
import type { PlotSeries } from '../../streams/series-store.ts'
import { drawAhead } from './draw-ahead.ts'
import { handleWheel, startPan } from './gestures.ts'
import { drawMarks } from './marks.ts'
import { type NotePlace, placeNotes } from './notes.ts'
import { countGhosts, createPlot, fitLines, plotData } from './plot.ts'
import { missingFrom, type PlotLook } from './plot-columns.ts'
import { handleTouch } from './touch.ts'
import { setSpan } from './view.ts'

/** The inputs for a live plot. */
export interface LivePlotOptions {
  readonly store: PlotSeries
  readonly look: PlotLook
  /** How many lines of earlier attempts the plot can show. */
  readonly ghosts: number
  /** The width in pixels for which points are requested. */
  readonly pixels: number
  /** The current changes to mark. */
  readonly marks: () => readonly RailMark[]
  /** Draws on top of the lines. */
  readonly overlay?: (plot: uPlot) => void
  /** The chart's current annotations. */
  readonly notes: () => readonly Annotation[]
}

/** Events of a plot for its chart. */
export interface LivePlotHooks {
  /** Receives the step under the cursor; null if there is none. It is also called when new points arrive. */
  onStep(step: number | null): void
  /** Called when points arrive, or other points are shown. */
  onPoints(points: PlotPoints): void
  onNotes(places: readonly NotePlace[]): void
  onDraw?: ((plot: uPlot) => void) | undefined
}

/** A summary of the points of a plot. */
export interface PlotPoints {
  /** The number of lines of earlier attempts. */
  readonly ghosts: number
  /** Whether the visible steps have points: some, none, or none because the server has not answered yet. */
  readonly found: 'some' | 'none' | 'unread'
  /** The points that cannot be drawn; empty if all can. */
  readonly missing: string
}

/** Draws metrics into an element, and redraws them whenever they change, until it is closed. */
export function openLivePlot(
  element: HTMLElement,
  options: LivePlotOptions,
  hooks: LivePlotHooks,
): { readonly plot: uPlot; close(): void } {
  const { store, look, ghosts, pixels, marks, notes } = options
  const plot = createPlot(element, store, look, ghosts, {
    onSpan: setSpan,
    onCursor: ({ cursor: { left }, posToVal }) =>
      hooks.onStep(left === undefined || left < 0 ? null : Math.round(posToVal(left, 'x'))),
    onDraw: (made) => {
      drawMarks(made, marks())
      drawAhead(made, look, store.extent.peek().last)
      options.overlay?.(made)
      hooks.onDraw?.(made)
      hooks.onNotes(placeNotes(made, notes(), !look.isNormalised, devicePixelRatio))
    },
  })
  let drawn = ''
  // Charts are created a little before they become visible. Later they are redrawn only while they are visible.
  let isSeen = true
  const refresh = (): void => {
    if (!isSeen) return
    const revisions = look.names.map((name) => store.get(name)?.revision ?? 0).join()
    const [min, max] = store.shown
    fitLines(plot, store, look)
    // This draws immediately instead of in a microtask, so that the duration of the frame can be measured.
    if (revisions === drawn) plot.batch(() => plot.setScale('x', { min, max }))
    else plot.batch(() => plot.setData(plotData(store, look, ghosts)))
    hooks.onPoints(pointsOf(store, look))
    if (revisions !== drawn) hooks.onStep(null)
    drawn = revisions
  }
  refresh()
  const unwant = store.want(look.names, pixels, refresh)
  const resize = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: look.height }))
  resize.observe(element)
  const sight = new IntersectionObserver((entries) => {
    isSeen = entries.at(-1)?.isIntersecting ?? true
    refresh()
  })
  sight.observe(element)
  const stopWheel = handleWheel(plot, store)
  const stopPan = startPan(plot, store)
  const stopTouch = handleTouch(plot, store)
  return {
    plot,
    close() {
      unwant()
      resize.disconnect()
      sight.disconnect()
      stopWheel()
      stopPan()
      stopTouch()
      plot.destroy()
    },
  }
}

function pointsOf(store: PlotSeries, { names, isLog, isNormalised }: PlotLook): PlotPoints {
  const held = names.map((name) => store.get(name))
  return {
    ghosts: countGhosts(store, names),
    found: foundIn(held),
    missing: missingFrom(held, store.shown, isLog && !isNormalised),
  }
}

function foundIn(held: readonly (HeldSeries | undefined)[]): PlotPoints['found'] {
  if (held.some((series) => series !== undefined && series.steps.length > 0)) return 'some'
  return held.includes(undefined) ? 'unread' : 'none'
}
