import type { ComponentChildren, JSX } from 'preact'
import { openMarks } from '../panels/change/open-change.ts'
import { useRun } from '../run/run-context.ts'
import { Rail } from './rail.tsx'
import { RailLegend } from './rail-legend.tsx'
import type { MarkChoice } from './rail-mark.ts'
import { RailMarks } from './rail-marks.ts'
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
      {children}
    </RailMarks.Provider>
  )
}
