import { signal } from '@preact/signals'
import type uPlot from 'uplot'

/** The sides of what a chart draws, in pixels of the window. */
export interface RailEdges {
  readonly left: number
  readonly right: number
}

/** The sides of the chart that is as wide as the page; the rail has its steps above those of the chart. */
export const railEdges = signal<RailEdges | undefined>(undefined)

/** Makes the rail follow the sides of a chart. */
export function noteEdges(plot: uPlot): void {
  const { left, right } = plot.over.getBoundingClientRect()
  const now = railEdges.peek()
  if (now?.left !== left || now.right !== right) railEdges.value = { left, right }
}

/** The chart is no longer shown. */
export function forgetEdges(): void {
  railEdges.value = undefined
}
