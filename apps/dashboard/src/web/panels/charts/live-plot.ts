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

/** What is drawn, and from where. */
export interface LivePlotOptions {
  readonly store: PlotSeries
  readonly look: PlotLook
  /** Lines of earlier attempts that the plot has room for. */
  readonly ghosts: number
  /** Points that a line is fetched with. */
  readonly pixels: number
  /** The changes to be marked, at this moment. */
  readonly marks: () => readonly RailMark[]
  /** Draws what lies over the lines. */
  readonly overlay?: (plot: uPlot) => void
  /** What people wrote on the chart, at this moment. */
  readonly notes: () => readonly Annotation[]
}

/** Events of a plot for its chart. */
export interface LivePlotHooks {
  /** The step under the cursor; null when there is none. Also called when points have come. */
  onStep(step: number | null): void
  /** Points have come, or others are shown. */
  onPoints(points: PlotPoints): void
  onNotes(places: readonly NotePlace[]): void
  onDraw?: ((plot: uPlot) => void) | undefined
}

/** What there is to draw. */
export interface PlotPoints {
  /** Lines of earlier attempts. */
  readonly ghosts: number
  /** Points of the shown steps: some, none, or none because the server has not answered yet. */
  readonly found: 'some' | 'none' | 'unread'
  /** What cannot be drawn; empty if everything is. */
  readonly missing: string
}

/** Draws metrics into an element, and again whenever they change, until it is closed. */
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
  // Charts are created a little before they become visible; until then they are not redrawn.
  let isSeen = true
  const refresh = (): void => {
    if (!isSeen) return
    const revisions = look.names.map((name) => store.get(name)?.revision ?? 0).join()
    const [min, max] = store.shown
    fitLines(plot, store, look)
    // Drawn immediately and not in a microtask, so that the duration of the frame can be measured.
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
