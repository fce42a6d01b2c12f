import { signal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type uPlot from 'uplot'
import type { ChartSpec } from '../../shared/chart-groups.ts'
import { formatNumber } from '../../shared/describe.ts'
import { useRun } from '../run/run-context.ts'
import { pageConfig } from '../session.ts'
import { cssColor, isDark } from '../theme.ts'
import { ChartTools } from './chart-tools.tsx'
import { type FlagPlace, Flags, placeFlags } from './flags.tsx'
import { handleKey, handleWheel, startPan } from './gestures.ts'
import { Legend } from './legend.tsx'
import { countGhosts, createPlot, formatStep, type PlotLook, plotData, valueAt } from './plot.ts'
import { type ChartView, setSpan } from './view.ts'

/** One chart of one or several metrics. */
export interface ChartProps {
  readonly spec: ChartSpec
  readonly view: ChartView
  readonly isLarge?: boolean
  /** Pixels; default that of a small chart. */
  readonly height?: number | undefined
  readonly pinned: readonly string[]
}

/** A live chart: its lines, the marks of changes, its legend and tools. */
export function Chart({ spec, view, isLarge = false, height = 184, pinned }: ChartProps): JSX.Element {
  const { series: store, markers } = useRun()
  const host = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | undefined>(undefined)
  const legend = useRef<(step: number | null) => void>(() => undefined)
  const [flags] = useState(() => signal<readonly FlagPlace[]>([]))
  const [ghosts, setGhosts] = useState(0)
  const [isEmpty, setEmpty] = useState(true)
  const [spoken, setSpoken] = useState('')
  const names = spec.names.join('\n')
  const look: PlotLook = useMemo(
    () => ({
      names: spec.names,
      height: isLarge ? Math.max(280, Math.min(560, innerHeight - 320)) : height,
      smoothing: view.smoothing,
      isLog: view.isLog,
      isNormalised: view.isNormalised && spec.names.length > 1,
    }),
    [names, isLarge, height, view.smoothing, view.isLog, view.isNormalised],
  )
  const marks = view.showMarkers ? markers.value : NO_MARKERS
  const marksNow = useRef(marks)
  marksNow.current = marks

  useEffect(() => {
    const element = host.current
    if (element === null) return
    let drawn = ''
    const refresh = (): void => {
      const revisions = look.names.map((name) => store.get(name)?.revision ?? 0).join()
      if (revisions === drawn) {
        // Only what is shown of them has changed: no line is made anew.
        const [min, max] = store.shown
        plot.current?.setScale('x', { min, max })
        return
      }
      drawn = revisions
      setGhosts(countGhosts(store, look.names))
      setEmpty(look.names.every((name) => (store.get(name)?.steps.length ?? 0) === 0))
      plot.current?.setData(plotData(store, look, ghosts))
      legend.current(null)
    }
    const made = createPlot(element, store, look, ghosts, {
      onSpan: setSpan,
      onCursor: ({ cursor, posToVal }) => {
        const { left } = cursor
        legend.current(left === undefined || left < 0 ? null : Math.round(posToVal(left, 'x')))
      },
      onDraw: (made) => {
        drawMarks(
          made,
          marksNow.current.map((mark) => mark.step),
        )
        const places = placeFlags(made, marksNow.current)
        if (!sameFlags(flags.value, places)) flags.value = places
      },
    })
    plot.current = made
    refresh()
    const unwant = store.want(look.names, isLarge ? innerWidth : Math.max(300, element.clientWidth), refresh)
    const resize = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: look.height }))
    resize.observe(element)
    const stopWheel = handleWheel(made, store)
    const stopPan = startPan(made, store)
    return () => {
      unwant()
      resize.disconnect()
      stopWheel()
      stopPan()
      made.destroy()
      plot.current = undefined
    }
  }, [look, ghosts, isDark.value, store])
  useEffect(() => plot.current?.redraw(false), [marks])

  const say = (step: number): void => {
    const values = look.names.map((name) => `${name} ${formatNumber(valueAt(store.get(name), step) ?? null)}`)
    setSpoken(`step ${formatStep(step)}: ${values.join(', ')}`)
  }
  return (
    <figure class="card chart" data-chart={spec.title}>
      <header>
        <h3 class="cut" title={spec.title}>
          {spec.title}
        </h3>
        <ChartTools spec={spec} view={view} isLarge={isLarge} pinned={pinned} plot={plot} />
      </header>
      <Legend names={spec.names} store={store} update={legend} />
      <div
        ref={host}
        class="plot"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the plot is moved through with the arrow keys.
        tabIndex={0}
        role="img"
        aria-label={`Chart of ${spec.names.join(', ')} by step. Arrow keys move the cursor, plus and minus zoom.`}
        onKeyDown={(event) => plot.current !== undefined && handleKey(event, plot.current, store, say)}
      >
        {isEmpty && <span class="plot-empty">no points in this span</span>}
      </div>
      <Flags places={flags} names={spec.names} />
      <output class="visually-hidden" aria-live="polite">
        {spoken}
      </output>
    </figure>
  )
}

const NO_MARKERS: readonly never[] = []

function sameFlags(a: readonly FlagPlace[], b: readonly FlagPlace[]): boolean {
  return (
    a.length === b.length && a.every((flag, i) => flag.left === b[i]?.left && flag.marks.length === b[i]?.marks.length)
  )
}

function drawMarks(plot: uPlot, steps: readonly number[]): void {
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
