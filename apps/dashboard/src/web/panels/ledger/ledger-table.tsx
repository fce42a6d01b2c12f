import type { LedgerLine } from '@hotcb/protocol'
import { plainReason } from '@hotcb/run'
import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import { outcomeOf, sourceOf } from '../../changes/change-look.ts'
import { Decision } from '../../changes/decision.tsx'
import { timeOfDay } from '../../parts/time.ts'
import { useRoving } from '../../parts/use-roving.ts'
import { type RowStyle, VirtualRows } from '../../parts/virtual-rows.tsx'
import { useRun } from '../../run/run-context.ts'

/** The columns with their CSS classes. Those with `drop` are left out on narrow screens. */
const COLUMNS: readonly (readonly [title: string, look: string])[] = [
  ['Seq', 'number'],
  ['Step', 'number drop'],
  ['Change', ''],
  ['Decision', ''],
  ['Source', 'drop'],
  ['Note', 'drop'],
  ['Time', 'number drop'],
]

/** Ledger lines as a table. `onEnd` is called when the last ones become visible. */
export function LedgerTable(props: {
  readonly lines: readonly LedgerLine[]
  readonly onShow: (line: LedgerLine) => void
  readonly onEnd: () => void
}): JSX.Element {
  const { lines, onShow, onEnd } = props
  const body = useRef<HTMLDivElement>(null)
  useRoving(body, '.whole-row')
  return (
    <div class="card rows" role="table" aria-label="Ledger" aria-rowcount={lines.length + 1}>
      <div role="rowgroup">
        <div class="row-grid ledger-grid head" role="row" aria-rowindex={1}>
          {COLUMNS.map(([title, look]) => (
            <span key={title} role="columnheader" class={look}>
              {title}
            </span>
          ))}
        </div>
      </div>
      <div ref={body} role="rowgroup">
        <VirtualRows
          items={lines}
          rowHeight={36}
          keyOf={(line) => line.seq}
          onSight={(_, start) => {
            if (start + NEAR_END > lines.length) onEnd()
          }}
        >
          {(line, style, index) => <Line line={line} style={style} index={index} onShow={onShow} />}
        </VirtualRows>
      </div>
    </div>
  )
}

/** More lines are loaded when this many rows are left below the visible ones. */
const NEAR_END = 60

function Line(props: {
  readonly line: LedgerLine
  readonly style: RowStyle
  readonly index: number
  readonly onShow: (line: LedgerLine) => void
}): JSX.Element {
  const { line, style, index, onShow } = props
  const { describe } = useRun()
  return (
    <div class="row-grid ledger-grid line" role="row" aria-rowindex={index + 2} style={style}>
      <span role="cell" class="number muted">
        {line.seq}
      </span>
      <span role="cell" class="number drop">
        {line.step ?? '–'}
      </span>
      <span role="cell" class="cut">
        <button type="button" class="whole-row" onClick={() => onShow(line)}>
          {describe(line)}
        </button>
      </span>
      <span role="cell">
        <Decision decision={line.decision} />
      </span>
      <span role="cell" class="cut drop">
        <i class="change-dot" data-source={sourceOf(line.source)} data-outcome={outcomeOf(line.decision)} />{' '}
        {line.author ?? line.source}
      </span>
      <span role="cell" class="cut drop muted">
        {plainReason(line.error ?? line.notes ?? '')}
      </span>
      <span role="cell" class="number drop muted">
        {timeOfDay(line.wall_time * 1000)}
      </span>
    </div>
  )
}
