import { join } from 'node:path'
import type { LedgerLine } from '@hotcb/protocol'
import { openRunDirectory } from '@hotcb/run/node'
import type { SweepEvent } from '../../journal/event.ts'
import type { Decision, TrialRecord } from '../../journal/fold.ts'
import { trialState } from '../../journal/trial-state.ts'
import { crashPoint } from '../crash-point.ts'
import type { JournalWriter } from '../journal.ts'
import { hasKernel } from '../trial/has-kernel.ts'
import type { Workspace } from '../workspace.ts'
import { copyCheckpoint } from './copy-checkpoint.ts'
import { type ExploitEvidence, readExploit } from './evidence.ts'
import type { MemberLedger } from './member-ledger.ts'

/** The commands to load a checkpoint that this process has sent. If a command is sent twice, the kernel carries it out only once. */
const SENT = new WeakMap<Workspace, Set<string>>()

/**
 * Carries out open decisions: copies the checkpoint, sends the command to load it, and records the outcome from the ledger. Each step can
 * be repeated after a kill: the copy is either complete or absent, and the command's id is derived from the decision.
 */
export function carryOut(
  workspace: Workspace,
  records: readonly TrialRecord[],
  ledgerOf: (i: number) => MemberLedger,
  writer: JournalWriter,
): void {
  const { decisions, lineages } = writer.fold
  const byIndex = new Map(records.map((record) => [record.trial.i, record]))
  for (const decision of decisions.values()) {
    const record = byIndex.get(decision.trial)
    const exploit = lineages.has(decision.key) ? null : readExploit(decision)
    if (exploit === null || record === undefined) continue
    const ended = carryOutOne(workspace, record, exploit, ledgerOf)
    if (ended === null) continue
    writer.appendBy('planner', lineageOf(decision, exploit, ended))
    crashPoint('pbt-lineage')
  }
}

type Ended = Pick<Extract<SweepEvent, { type: 'lineage' }>, 'outcome' | 'seq' | 'why'>

function carryOutOne(
  workspace: Workspace,
  record: TrialRecord,
  exploit: ExploitEvidence,
  ledgerOf: (i: number) => MemberLedger,
): Ended | null {
  const { i } = record.trial
  const { cid, as } = exploit
  const { results } = workspace.paths
  const dir = join(results, String(i))
  const ledger = ledgerOf(i)
  const answer = ledger.answer(cid)
  if (answer !== undefined) return endOf(answer)
  const state = trialState(record)
  if (state === 'completed') return tooLate(dir, cid)
  // A trial that was asked to stop keeps its state. If it is rerun, the decision is carried out then.
  if (state !== 'running' || !hasKernel(dir)) return null
  const { from, tag, seq } = exploit
  const ownSeq = ledger.lines.at(-1)?.seq ?? 0
  const gone = copyCheckpoint({ results, from, tag, seq, to: i, as, ownSeq })
  if (gone !== null) return { outcome: 'failed', why: gone }
  crashPoint('pbt-copied')
  const sent = SENT.get(workspace) ?? new Set()
  SENT.set(workspace, sent)
  if (sent.has(cid)) return null
  try {
    const params = { action: 'load', tag: as, set: exploit.set }
    openRunDirectory(dir).send([{ module: 'core', op: 'checkpoint', cid, params }], { source: 'sweep' })
    sent.add(cid)
    crashPoint('pbt-sent')
    return null
  } catch {
    // This is retried at the next check.
    return null
  }
}

/** Cancels the command to load, so that a later attempt of the trial does not apply it. */
function tooLate(dir: string, cid: string): Ended | null {
  try {
    const params = { cid, queued: true }
    openRunDirectory(dir).send([{ module: 'core', op: 'cancel', params }], { source: 'sweep' })
    return { outcome: 'failed', why: 'the trial had completed' }
  } catch {
    // This is retried at the next check.
    return null
  }
}

function endOf({ decision, seq, error }: LedgerLine): Ended {
  if (decision === 'applied') return { outcome: 'applied', seq }
  return { outcome: 'failed', seq, why: `${decision}${error === null ? '' : `: ${error}`}` }
}

function lineageOf({ key, trial }: Decision, { from }: ExploitEvidence, ended: Ended): SweepEvent {
  return { type: 'lineage', key, trial, from, ...ended }
}
