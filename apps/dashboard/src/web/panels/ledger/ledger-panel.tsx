import type { LedgerLine } from '@hotcb/protocol'
import type { JSX } from 'preact'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { describeChange } from '../../../shared/describe.ts'
import { type RowStyle, VirtualRows } from '../../parts/virtual-rows.tsx'
import { setView, viewParam } from '../../route.ts'
import { useStream } from '../panel.ts'
import { Decision } from './decision.tsx'
import { LineDialog } from './line-dialog.tsx'
import { Timeline } from './timeline.tsx'
import './ledger.css'

/** What was decided, as a timeline and as a table, newest first. */
export function LedgerPanel(): JSX.Element {
  const ledger = useStream('ledger')
  const [shown, setShown] = useState<LedgerLine | undefined>(undefined)
  const view = ledger.view.value
  const filter = viewParam('lq') ?? ''
  const decision = viewParam('decision') ?? ''
  const found = useMemo(() => {
    const words = filter
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '')
    const lines = (view?.lines ?? []).filter((line) => fits(line, words, decision))
    return lines.reverse()
  }, [view, filter, decision])
  useEffect(() => {
    // A filter is over all lines, not over those that happened to be here.
    if (filter !== '' || decision !== '') void loadAll(ledger.loadOlder, () => ledger.view.value?.start ?? 0)
  }, [filter !== '' || decision !== ''])
  if (view === undefined) return <div class="card empty" aria-busy="true" />
  if (view.total === 0) {
    return (
      <div class="card empty">
        <h2>Nothing has been changed yet</h2>
        <p>Every command, applied or refused, gets one line here, with the step at which it was decided.</p>
      </div>
    )
  }
  return (
    <>
      <Timeline lines={view.lines} onShow={setShown} />
      <div class="toolbar" role="search">
        <input
          class="input search"
          type="search"
          placeholder="Search the ledger"
          aria-label="Search the ledger"
          value={filter}
          onInput={(event) => setView({ lq: event.currentTarget.value })}
        />
        <select
          class="select small"
          aria-label="Decision"
          value={decision}
          onChange={(event) => setView({ decision: event.currentTarget.value })}
        >
          <option value="">All decisions</option>
          <option value="applied">Applied</option>
          <option value="refused">Refused or failed</option>
        </select>
        <span class="muted" role="status">
          {found.length === view.total ? `${view.total} lines` : `${found.length} of ${view.total} lines`}
          {view.garbage > 0 && `, ${view.garbage} unreadable`}
        </span>
      </div>
      <div class="card rows" role="table" aria-label="Ledger" aria-rowcount={found.length + 1}>
        <div role="rowgroup">
          <div class="row-grid ledger-grid head" role="row" aria-rowindex={1}>
            <span role="columnheader" class="number">
              Seq
            </span>
            <span role="columnheader" class="number drop">
              Step
            </span>
            <span role="columnheader">Change</span>
            <span role="columnheader">Decision</span>
            <span role="columnheader" class="drop">
              Source
            </span>
            <span role="columnheader" class="drop">
              Note
            </span>
            <span role="columnheader" class="number drop">
              Time
            </span>
          </div>
        </div>
        <div role="rowgroup">
          <VirtualRows
            items={found}
            rowHeight={36}
            keyOf={(line) => line.seq}
            onSight={(_, start) => {
              if (start + 60 > found.length && view.start > 0) void ledger.loadOlder()
            }}
          >
            {(line, style, index) => <Line line={line} style={style} index={index} onShow={setShown} />}
          </VirtualRows>
        </div>
      </div>
      {shown !== undefined && <LineDialog line={shown} onClose={() => setShown(undefined)} />}
    </>
  )
}

function Line(props: {
  readonly line: LedgerLine
  readonly style: RowStyle
  readonly index: number
  readonly onShow: (line: LedgerLine) => void
}): JSX.Element {
  const { line, style, index, onShow } = props
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
          {describeChange(line)}
        </button>
      </span>
      <span role="cell">
        <Decision decision={line.decision} />
      </span>
      <span role="cell" class="cut drop">
        {line.author ?? line.source}
      </span>
      <span role="cell" class="cut drop muted">
        {line.error ?? line.notes ?? ''}
      </span>
      <span role="cell" class="number drop muted">
        {line.wall_time > 0 ? new Date(line.wall_time * 1000).toLocaleTimeString() : '–'}
      </span>
    </div>
  )
}

function fits(line: LedgerLine, words: readonly string[], decision: string): boolean {
  if (decision === 'applied' && line.decision !== 'applied') return false
  if (decision === 'refused' && line.decision === 'applied') return false
  if (words.length === 0) return true
  const text = `${describeChange(line)} ${line.module} ${line.id} ${line.source} ${line.author} ${line.error} ${line.notes} #${line.seq} ${line.cid}`
  const lower = text.toLowerCase()
  return words.every((word) => lower.includes(word))
}

async function loadAll(loadOlder: () => Promise<void>, start: () => number): Promise<void> {
  for (let before = start(); before > 0; ) {
    await loadOlder()
    if (start() === before) return
    before = start()
  }
}
