import { signal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type uPlot from 'uplot'
import type { ChartSpec } from '../../../shared/chart-groups.ts'
import type { Marker } from '../../../shared/wire.ts'
import { useRun } from '../../run/run-context.ts'
import { isDark } from '../../theme.ts'
import { useStream } from '../panel.ts'
import { ChartTools } from './chart-tools.tsx'
import { Flags } from './flags.tsx'
import { handleKey } from './gestures.ts'
import { Legend } from './legend.tsx'
import { openLivePlot } from './live-plot.ts'
import { chooseMarks, type FlagPlace, sameFlags } from './marks.ts'
import type { PlotLook } from './plot-columns.ts'
import { readingOf } from './reading.ts'
import type { ChartView } from './view.ts'

/** One chart of one or several metrics. */
export interface ChartProps {
  readonly spec: ChartSpec
  readonly view: ChartView
  readonly isLarge?: boolean
  /** Pixels; default that of a small chart. */
  readonly height?: number | undefined
  readonly pinned: readonly string[]
  /** The changes that are marked. Default: all of the run. */
  readonly marks?: readonly Marker[]
}

/** A live chart: its lines, the marks of changes, its legend and tools. */
export function Chart({ spec, view, isLarge = false, height = 184, pinned, marks: own }: ChartProps): JSX.Element {
  const { series: store } = useStream('metrics')
  const { markers } = useStream('ledger')
  const host = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | undefined>(undefined)
  const legend = useRef<(step: number | null) => void>(() => undefined)
  const [flags] = useState(() => signal<readonly FlagPlace[]>([]))
  const [ghosts, setGhosts] = useState(0)
  const [isEmpty, setEmpty] = useState(true)
  const [missing, setMissing] = useState('')
  const [spoken, setSpoken] = useState('')
  const look = useLook(spec.names, isLarge ? Math.max(280, Math.min(560, innerHeight - 460)) : height, view)
  const marks = useMarks(own ?? markers.value, view.marks)
  const marksNow = useRef(marks)
  marksNow.current = marks

  useEffect(() => {
    const element = host.current
    if (element === null) return
    const pixels = isLarge ? innerWidth : Math.max(300, element.clientWidth)
    const drawn = openLivePlot(
      element,
      { store, look, ghosts, pixels, marks: () => marksNow.current },
      {
        onStep: (step) => legend.current(step),
        onPoints: ({ ghosts, isEmpty, missing }) => {
          setGhosts(ghosts)
          setEmpty(isEmpty)
          setMissing(missing)
        },
        onFlags: (places) => {
          if (!sameFlags(flags.value, places)) flags.value = places
        },
      },
    )
    plot.current = drawn.plot
    return () => {
      drawn.close()
      plot.current = undefined
    }
  }, [look, ghosts, isDark.value, store])
  useEffect(() => plot.current?.redraw(false), [marks])

  const say = (step: number): void => {
    const values = look.names.map((name) => {
      const { value, title } = readingOf(store.get(name), step)
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
        <ChartTools spec={spec} view={view} isLarge={isLarge} pinned={pinned} plot={plot} />
      </header>
      <Legend names={spec.names} store={store} update={legend} />
      <div class="plot-area">
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
      </div>
      {missing !== '' && <p class="muted small-text plot-note">{missing}</p>}
      <output class="visually-hidden" aria-live="polite">
        {spoken}
      </output>
    </figure>
  )
}

/** The same object for as long as a chart looks the same. */
function useLook(names: readonly string[], height: number, view: ChartView): PlotLook {
  const { smoothing, isLog } = view
  const isNormalised = view.isNormalised && names.length > 1
  return useMemo(
    () => ({ names, height, smoothing, isLog, isNormalised }),
    [names.join('\n'), height, smoothing, isLog, isNormalised],
  )
}

function useMarks(marks: readonly Marker[], choice: ChartView['marks']): readonly Marker[] {
  const { table } = useRun().words.value
  return useMemo(() => chooseMarks(marks, choice, table), [marks, choice, table])
}
