import type { ModuleTable } from '@hotcb/protocol'
import type uPlot from 'uplot'
import { isRoutine } from '../../../shared/markers.ts'
import type { Marker } from '../../../shared/wire.ts'
import { pageConfig } from '../../session.ts'
import { cssColor } from '../../theme.ts'
import type { MarkChoice } from './view.ts'

/** The position of a flag, and its changes. */
export interface FlagPlace {
  /** Pixels from the left of the plot. */
  readonly left: number
  readonly marks: readonly Marker[]
}

/** The marks that a chart shows, of all that there are. */
export function chooseMarks(marks: readonly Marker[], choice: MarkChoice, table: ModuleTable): readonly Marker[] {
  if (choice === 'all') return marks
  return choice === 'none' ? [] : marks.filter((mark) => !isRoutine(mark, table))
}

/** Places a flag above each change in sight; changes that are too close together share one. */
export function placeFlags(plot: uPlot, marks: readonly Marker[]): FlagPlace[] {
  const places: { left: number; marks: Marker[] }[] = []
  const offset = plot.bbox.left / devicePixelRatio
  const width = plot.bbox.width / devicePixelRatio
  for (const mark of marks) {
    const x = plot.valToPos(mark.step, 'x')
    if (x < 0 || x > width) continue
    // A flag at the first steps must not cover the numbers of the axis.
    const left = Math.round(Math.max(x, RADIUS) + offset)
    const before = places.at(-1)
    if (before !== undefined && left - before.left < APART) before.marks.push(mark)
    else places.push({ left, marks: [mark] })
  }
  return places
}

const APART = 24
/** Half of a flag's width, pixels. */
const RADIUS = 9

/** Whether flags are where they were. */
export function sameFlags(a: readonly FlagPlace[], b: readonly FlagPlace[]): boolean {
  return (
    a.length === b.length && a.every((flag, i) => flag.left === b[i]?.left && flag.marks.length === b[i]?.marks.length)
  )
}

/** Draws a dashed line at each change in sight. */
export function drawMarks(plot: uPlot, steps: readonly number[]): void {
  const { ctx, bbox } = plot
  const dash = pageConfig.value.chart.mutation_dash.map((length) => length * devicePixelRatio)
  ctx.save()
  ctx.strokeStyle = cssColor('--marker')
  ctx.lineWidth = devicePixelRatio
  ctx.globalAlpha = 0.7
  ctx.setLineDash(dash)
  ctx.beginPath()
  let last = Number.NEGATIVE_INFINITY
  for (const step of steps) {
    const x = Math.round(plot.valToPos(step, 'x', true))
    if (x < bbox.left || x > bbox.left + bbox.width || x - last < 2) continue
    last = x
    ctx.moveTo(x, bbox.top)
    ctx.lineTo(x, bbox.top + bbox.height)
  }
  ctx.stroke()
  ctx.restore()
}
