import type { JSX } from 'preact'
import { Rail } from '../../changes/rail.tsx'
import { RailLegend } from '../../changes/rail-legend.tsx'
import type { RailMark } from '../../changes/rail-mark.ts'
import { useRailMarks } from '../../changes/use-rail-marks.ts'
import { setView } from '../../route.ts'
import { useRun } from '../../run/run-context.ts'
import { openMarks } from '../change/open-change.ts'
import { useStream } from '../panel.ts'

/** Shows all of the run's changes on one rail, regardless of the steps that the charts show. */
export function LedgerRail(): JSX.Element | null {
  const { detail } = useRun()
  const { series } = useStream('metrics')
  const marks = useRailMarks('all')
  const key = detail.value?.row.key_metric?.name
  const { first, last } = series.extent.value
  const end = Math.max(last, marks.at(-1)?.step ?? 0)
  if (end <= first) return null
  const open = (opened: readonly RailMark[]): void => {
    const [line] = opened.map((mark) => mark.line)
    if (opened.length === 1 && line !== undefined) setView({ line: String(line.seq) })
    else openMarks(opened, key === undefined ? [] : [key])
  }
  return (
    <>
      <RailLegend marks={marks} />
      <div class="page-rail">
        <Rail marks={marks} series={series} span={() => [first, end]} onOpen={open} />
      </div>
    </>
  )
}
