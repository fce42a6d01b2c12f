import { signal } from '@preact/signals'
import type uPlot from 'uplot'

/** The left and right edge of a chart's plot, in pixels of the window. */
export interface RailEdges {
  readonly left: number
  readonly right: number
}

/** The plot of the page-wide chart that was drawn last. */
let over: HTMLElement | undefined

/** Its edges at that time. */
const drawn = signal<RailEdges | undefined>(undefined)

/** Aligns the rail with a chart. The chart calls this after each drawing. */
export function noteEdges(plot: uPlot): void {
  over = plot.over
  const { left, right } = edgesOf(over)
  const before = drawn.peek()
  if (before?.left !== left || before.right !== right) drawn.value = { left, right }
}

/** Stops aligning the rail with a chart that is no longer shown. Another chart may already have taken its place. */
export function forgetEdges(plot: uPlot): void {
  if (over !== plot.over) return
  over = undefined
  drawn.value = undefined
}

/**
 * Returns the edges of the page-wide chart; undefined if there is none. They are measured now, because the page can move a
 * chart without drawing it.
 */
export function railEdges(): RailEdges | undefined {
  return over && edgesOf(over)
}

/** Calls `listen` now, and whenever the edges change with a drawing of the chart. Returns a function that stops it. */
export function watchEdges(listen: () => void): () => void {
  return drawn.subscribe(listen)
}

function edgesOf(element: HTMLElement): RailEdges {
  const { left, right } = element.getBoundingClientRect()
  return { left, right }
}
