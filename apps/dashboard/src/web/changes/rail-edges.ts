import { signal } from '@preact/signals'
import type uPlot from 'uplot'

/** The left and right edge of a chart's plot, in pixels of the window. */
export interface RailEdges {
  readonly left: number
  readonly right: number
}

/** The edges of the page-wide chart. The rail aligns its steps with those of the chart. */
export const railEdges = signal<RailEdges | undefined>(undefined)

/** Aligns the rail with a chart. */
export function noteEdges(plot: uPlot): void {
  const { left, right } = plot.over.getBoundingClientRect()
  const now = railEdges.peek()
  if (now?.left !== left || now.right !== right) railEdges.value = { left, right }
}

/** Called when the chart is no longer shown. */
export function forgetEdges(): void {
  railEdges.value = undefined
}
