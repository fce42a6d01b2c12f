import { fileSystemKind, openTail, type Tail } from '@hotcb/journal'
import type { LedgerLine, ShownMetrics } from '@hotcb/protocol'
import type { Follow, Run } from '@hotcb/run/node'
import type { AutopilotHistoryFold } from '../story.ts'
import type { RuleEngine } from '../types.ts'
import { readFacts } from './facts.ts'
import { pastRecords, startingControls, withLines } from './records.ts'

/** The input of an agent: three streams that begin at their current ends. */
export interface Streams {
  readonly metrics: Tail
  readonly ledger: Follow<LedgerLine>
  /** The ledger lines that the engine has not received yet. */
  readonly lines: LedgerLine[]
  /** The ledger before the live end. */
  readonly past: readonly LedgerLine[]
  /** The last records before the live end. */
  readonly records: readonly ShownMetrics[]
  /** The last records for a model, which needs more of them; new records are added. */
  readonly recent: ShownMetrics[]
  /** The last step that fills the windows; 0 if there is none. */
  readonly last: number
}

interface StreamParts {
  readonly run: Run
  readonly engine: RuleEngine
  readonly log: AutopilotHistoryFold
}

/** Fills the engine's windows with past records and opens the streams at their end. */
export function openStreams({ run, engine, log }: StreamParts): Streams {
  const past = pastRecords(run)
  const last = past.records.at(-1)?.step ?? 0
  const ledger = run.follow('ledger')
  const lines = readLines(ledger)
  const whole = [...lines]
  // Answers to open actions. The engine receives them after it has restored its actions.
  const open = new Set(
    log.story().actions.flatMap(({ cid, state }) => (state === 'queued' || state === 'open' ? [cid] : [])),
  )
  const answers = lines.filter((line) => open.has(line.cid) || open.has(cancelled(line)))
  const facts = readFacts(run)
  const controls = startingControls(facts.controls(), lines)
  const filled = { ...facts, controls: () => controls }
  for (const { step, epoch, metrics, lines: before } of withLines(past.records, lines)) {
    engine.fill({ ...filled, step, epoch, metrics, lines: before })
  }
  if (lines.length > 0) {
    engine.fill({ ...filled, step: last, epoch: null, metrics: {}, lines: [...lines] })
  }
  const network = fileSystemKind(run.dir) === 'network'
  const metrics = openTail(run.path('metrics'), { network, from: past.end })
  return {
    metrics,
    ledger,
    lines: [...answers],
    past: whole,
    records: past.records.slice(-200),
    recent: past.records.slice(-RECENT),
    last,
  }
}

/** The number of records that a model receives. */
export const RECENT = 500

function cancelled({ module, op, params }: LedgerLine): string | null {
  const cid = params?.['cid']
  return module === 'core' && op === 'cancel' && typeof cid === 'string' ? cid : null
}

export function readLines(ledger: Follow<LedgerLine>): LedgerLine[] {
  const lines: LedgerLine[] = []
  while (ledger.look()) {
    const { records, failure } = ledger.read()
    for (const { value } of records) lines.push(value)
    if (failure !== null) break
  }
  return lines
}
