import type { LedgerLine } from '@hotcb/protocol'
import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import { formatStep } from '../../../shared/describe.ts'
import { useRoving } from '../../parts/use-roving.ts'
import { useRun } from '../../run/run-context.ts'
import { useStream } from '../panel.ts'

/** The changes of a run on one line, by step; of those too near each other the newest is shown. */
export function Timeline(props: {
  readonly lines: readonly LedgerLine[]
  readonly onShow: (line: LedgerLine) => void
}): JSX.Element | null {
  const { describe } = useRun()
  const group = useRef<HTMLDivElement>(null)
  useRoving(group, 'button')
  const { series } = useStream('metrics')
  const { first, last } = series.extent.value
  const end = Math.max(last, ...props.lines.slice(-1).map((line) => line.step ?? 0))
  if (end <= first) return null
  const places = new Map<number, LedgerLine>()
  for (const line of props.lines) {
    if (line.step === null || line.of !== null || line.op === 'attempt') continue
    places.set(Math.round(((line.step - first) / (end - first)) * PLACES), line)
  }
  return (
    <div ref={group} class="timeline" role="group" aria-label="Timeline of changes">
      <span style={{ left: '0' }}>{formatStep(first)}</span>
      <span style={{ right: '0' }}>step {formatStep(end)}</span>
      {[...places].map(([place, line]) => (
        <button
          key={line.seq}
          type="button"
          class={line.decision === 'applied' ? '' : 'refused'}
          style={{ left: `${(place / PLACES) * 100}%` }}
          title={`step ${line.step}: ${describe(line)}, ${line.decision}`}
          aria-label={`Step ${line.step}: ${describe(line)}, ${line.decision}`}
          onClick={() => props.onShow(line)}
        />
      ))}
    </div>
  )
}

const PLACES = 120
