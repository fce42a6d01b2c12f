import type { ComponentChildren, JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { isDrawn } from '../alerts/draw-alerts.ts'
import { openMarks } from '../panels/change/open-change.ts'
import { useRun } from '../run/run-context.ts'
import { Ahead } from './ahead-context.ts'
import { Rail } from './rail.tsx'
import { RailLegend } from './rail-legend.tsx'
import type { MarkChoice } from './rail-mark.ts'
import { RailMarks } from './rail-marks.ts'
import { useAhead } from './use-ahead.ts'
import { useRailMarks } from './use-rail-marks.ts'

/** Shows the rail, a row of flags that mark changes, above a page's charts. The charts draw a thin line below each flag. */
export function PageRail(props: {
  readonly choice: MarkChoice
  /** The metrics that a change's dialog compares. */
  readonly names: readonly string[]
  readonly children: ComponentChildren
}): JSX.Element {
  const { choice, names, children } = props
  const { streams } = useRun()
  const { series } = streams.get('metrics')
  const alerts = streams.get('alerts').now.value?.alerts ?? []
  const marks = useRailMarks(choice)
  const ahead = useAhead(marks)
  const planned = marks.flatMap(({ step, outcome }) => (outcome === 'scheduled' ? step : []))
  useEffect(() => series.setAhead(planned), [series, planned.join()])
  useEffect(() => () => series.setAhead([]), [series])
  return (
    <RailMarks.Provider value={marks}>
      {choice !== 'none' && (
        <>
          <RailLegend marks={marks} alerts={alerts.filter(isDrawn)} />
          <div class="page-rail">
            <Rail marks={marks} series={series} onOpen={(opened) => openMarks(opened, names)} />
          </div>
        </>
      )}
      <Ahead.Provider value={ahead}>{children}</Ahead.Provider>
    </RailMarks.Provider>
  )
}
