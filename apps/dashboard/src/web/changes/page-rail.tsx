import type { ComponentChildren, JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { openMarks } from '../panels/change/open-change.ts'
import { useRun } from '../run/run-context.ts'
import { Ahead } from './ahead-context.ts'
import { Rail } from './rail.tsx'
import { RailLegend } from './rail-legend.tsx'
import type { MarkChoice } from './rail-mark.ts'
import { RailMarks } from './rail-marks.ts'
import { useAhead } from './use-ahead.ts'
import { useRailMarks } from './use-rail-marks.ts'

/** The rail above the charts of a page, which draw thin lines below its flags. */
export function PageRail(props: {
  readonly choice: MarkChoice
  /** The metrics that the dialog of a change compares. */
  readonly names: readonly string[]
  readonly children: ComponentChildren
}): JSX.Element {
  const { choice, names, children } = props
  const { series } = useRun().streams.get('metrics')
  const marks = useRailMarks(choice)
  const ahead = useAhead(marks)
  const end = marks.reduce((most, { step, outcome }) => (outcome === 'scheduled' ? Math.max(most, step) : most), 0)
  useEffect(() => {
    series.setAhead(end > 0 ? end : null)
    return () => series.setAhead(null)
  }, [series, end])
  return (
    <RailMarks.Provider value={marks}>
      {choice !== 'none' && (
        <>
          <RailLegend marks={marks} />
          <div class="page-rail">
            <Rail marks={marks} series={series} onOpen={(opened) => openMarks(opened, names)} />
          </div>
        </>
      )}
      <Ahead.Provider value={ahead}>{children}</Ahead.Provider>
    </RailMarks.Provider>
  )
}
