import uPlot from 'uplot'
import { formatStep } from '../../shared/describe.ts'
import { handleWheel, startPan } from '../panels/charts/gestures.ts'
import { STEP_INCRS } from '../panels/charts/plot.ts'
import { handleTouch } from '../panels/charts/touch.ts'
import { setSpan } from '../panels/charts/view.ts'
import type { PlotSeries } from '../streams/series-store.ts'
import { cssColor } from '../theme.ts'
import type { RailArea } from './place-marks.ts'
import { type RailEdges, railEdges, watchEdges } from './rail-edges.ts'

/** Options for drawing a rail. */
export interface RailPlotOptions {
  readonly series: PlotSeries
  /** The range of steps to show. If it is undefined, the rail shows the steps of the charts, and it can zoom and pan them. */
  readonly span: (() => readonly [number, number]) | undefined
  /** Called after each drawing. */
  readonly onDraw: (area: RailArea) => void
}

/** In pixels. */
export const RAIL_HEIGHT = 42
const AXIS = 16

/** Draws the steps of a rail and its cursor, which it shares with the charts, until it is closed. */
export function openRailPlot(
  element: HTMLElement,
  { series, span, onDraw }: RailPlotOptions,
): { redraw(): void; close(): void } {
  const shown = span ?? (() => series.shown)
  const plot = new uPlot(optionsOf(element, shown, span === undefined, onDraw), emptyData(shown()), element)
  const redraw = (): void => {
    const [min, max] = shown()
    plot.batch(() => {
      plot.setScale('x', { min, max })
      plot.redraw(false, true)
    })
  }
  const resize = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: RAIL_HEIGHT }))
  resize.observe(element)
  const stops = [
    series.want([], 1, redraw),
    watchEdges(redraw),
    ...(span === undefined ? [handleWheel(plot, series), startPan(plot, series), handleTouch(plot, series)] : []),
  ]
  return {
    redraw,
    close() {
      for (const stop of stops) stop()
      resize.disconnect()
      plot.destroy()
    },
  }
}

function optionsOf(
  element: HTMLElement,
  shown: () => readonly [number, number],
  canZoom: boolean,
  onDraw: (area: RailArea) => void,
): uPlot.Options {
  const side = (of: (rail: RailEdges, chart: RailEdges) => number, usual: number) => (): number => {
    const chart = canZoom ? railEdges() : undefined
    const inset = chart === undefined ? usual : of(element.getBoundingClientRect(), chart)
    return inset > 0 && inset < element.clientWidth / 3 ? inset : usual
  }
  return {
    width: Math.max(120, element.clientWidth),
    height: RAIL_HEIGHT,
    padding: [
      0,
      side((rail, chart) => rail.right - chart.right, RIGHT),
      0,
      side((rail, chart) => chart.left - rail.left, LEFT),
    ],
    legend: { show: false },
    scales: { x: { time: false, range: () => [...shown()] as [number, number] }, y: { range: [0, 1] } },
    axes: [
      {
        stroke: cssColor('--muted'),
        font: `11px ${cssColor('--font')}`,
        grid: { show: false },
        ticks: { show: false },
        size: AXIS,
        gap: 2,
        space: 64,
        incrs: [...STEP_INCRS],
        values: (_, steps, _axis, _space, apart) => steps.map((step) => formatStep(step, apart)),
      },
      { show: false },
    ],
    series: [{}, { show: false }],
    cursor: {
      sync: { key: 'hotcb', setSeries: false },
      y: false,
      points: { show: false },
      drag: { x: canZoom, y: false, setScale: false, dist: 4 },
      bind: { dblclick: () => (canZoom ? showAll : null) },
    },
    hooks: {
      setSelect: [(plot) => zoomTo(plot)],
      draw: [
        (plot) => {
          drawLine(plot)
          const { left, width } = plot.bbox
          onDraw({
            left: left / devicePixelRatio,
            width: width / devicePixelRatio,
            x: (step) => plot.valToPos(step, 'x'),
          })
        },
      ],
    },
  }
}

/** Pixels to the left and right of the steps if no chart is as wide as the rail. */
const LEFT = 44
const RIGHT = 28

function showAll(): null {
  setSpan({ from: null, to: null, last: null })
  return null
}

function zoomTo(plot: uPlot): void {
  const { left, width } = plot.select
  if (width < 4) return
  const [from, to] = [plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x')]
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
  setSpan({ from, to, last: null })
}

function emptyData([from, to]: readonly [number, number]): uPlot.AlignedData {
  return [
    [from, to],
    [null, null],
  ]
}

/** Draws the line below the flags. */
function drawLine({ ctx, bbox }: uPlot): void {
  ctx.save()
  ctx.strokeStyle = cssColor('--line-strong')
  ctx.lineWidth = devicePixelRatio
  const y = Math.round(bbox.top + bbox.height / 2) + 0.5
  ctx.beginPath()
  ctx.moveTo(bbox.left, y)
  ctx.lineTo(bbox.left + bbox.width, y)
  ctx.stroke()
  ctx.restore()
}
