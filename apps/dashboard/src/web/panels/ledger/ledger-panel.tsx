import type { LedgerLine } from '@hotcb/protocol'
import { plainReason } from '@hotcb/run'
import type { JSX } from 'preact'
import { useEffect, useMemo } from 'preact/hooks'
import type { Change } from '../../../shared/describe.ts'
import { setView, viewParam } from '../../route.ts'
import { useRun } from '../../run/run-context.ts'
import type { LedgerView } from '../../streams/ledger.ts'
import { useStream } from '../panel.ts'
import './ledger.css'
import { EmptyState } from '../../parts/empty-state.tsx'
import { FILLING_COMMANDS } from '../../parts/filling-lines.ts'
import { LedgerRail } from './ledger-rail.tsx'
import { LedgerTable } from './ledger-table.tsx'
import { LineDialog } from './line-dialog.tsx'

/** Shows the kernel's decisions, as a timeline and as a table, newest first. */
export function LedgerPanel(): JSX.Element {
  const { describe } = useRun()
  const ledger = useStream('ledger')
  const view = ledger.view.value
  const filter = viewParam('lq') ?? ''
  const decision = viewParam('decision') ?? ''
  const isFiltered = filter !== '' || decision !== ''
  const asked = viewParam('line')
  const shown = asked === null ? undefined : view?.lines.find(({ seq }) => String(seq) === asked)
  const found = useMemo(
    () => findLines(view?.lines ?? [], { filter, decision, describe }).reverse(),
    [view, filter, decision],
  )
  useEffect(() => {
    // A filter applies to all lines, not only to those that are already loaded.
    if (isFiltered) void loadAll(ledger.loadOlder, () => ledger.view.value?.start ?? 0)
  }, [isFiltered])
  const isSought = view !== undefined && asked !== null && shown === undefined
  useEffect(() => {
    // A link may point to a line that is older than the loaded ones.
    if (isSought && view.start > 0) void ledger.loadOlder()
  }, [isSought, view?.start])
  if (view === undefined) return <div class="card empty" aria-busy="true" />
  if (view.total === 0) return <NothingChanged />
  return (
    <>
      <LedgerRail />
      <Filters filter={filter} decision={decision} found={found.length} view={view} />
      <LedgerTable
        lines={found}
        onShow={showLine}
        onEnd={() => {
          if (view.start > 0) void ledger.loadOlder()
        }}
      />
      {shown !== undefined && <LineDialog line={shown} onClose={() => setView({ line: null })} />}
    </>
  )
}

/** Shows all details of one line, and puts its number into the address. */
function showLine({ seq }: Pick<LedgerLine, 'seq'>): void {
  setView({ line: String(seq) })
}

function NothingChanged(): JSX.Element {
  return (
    <EmptyState title="Nothing has been changed yet" line={FILLING_COMMANDS.ledger}>
      Every command, applied or refused, gets one line here, with the step of the kernel's decision:
    </EmptyState>
  )
}

function Filters(props: {
  readonly filter: string
  readonly decision: string
  readonly found: number
  readonly view: LedgerView
}): JSX.Element {
  const { filter, decision, found, view } = props
  return (
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
        {found === view.total ? `${view.total} lines` : `${found} of ${view.total} lines`}
        {view.garbage > 0 && `, ${view.garbage} unreadable`}
      </span>
    </div>
  )
}

interface Search {
  readonly filter: string
  readonly decision: string
  describe(change: Change): string
}

function findLines(lines: readonly LedgerLine[], { filter, decision, describe }: Search): LedgerLine[] {
  const words = filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  return lines.filter((line) => isDecided(line, decision) && hasWords(line, words, describe))
}

function isDecided(line: LedgerLine, decision: string): boolean {
  return decision === '' || (decision === 'applied') === (line.decision === 'applied')
}

function hasWords(line: LedgerLine, words: readonly string[], describe: Search['describe']): boolean {
  if (words.length === 0) return true
  const text = `${describe(line)} ${line.module} ${line.id} ${line.source} ${line.author} ${line.error} ${plainReason(line.error ?? '')} ${line.notes} #${line.seq} ${line.cid}`
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
