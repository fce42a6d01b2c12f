import { type Json, type JsonObject, judgeFreeze, messageOf, nearest, oneLine } from '@hotcb/protocol'
import { isRunError } from '@hotcb/run'
import type { Run, WaitResult } from '@hotcb/run/node'
import { answerText, frozenText } from '../tell.ts'
import type { ActionRecord } from '../types.ts'
import { currentMomentOf, readAutopilotHistory } from './read-story.ts'

/**
 * Why an answer was not written. `unknown`: there is no such action. `not-asked`: it needs no answer. `answered`: it is already
 * answered. `lapsed`: no one answered in time. `frozen`: the kernel would refuse an approval. `foreign`: the run's kernel is not hotcb's.
 * `refused`: the command cannot be sent.
 */
export type AnswerTrouble = 'unknown' | 'not-asked' | 'answered' | 'lapsed' | 'frozen' | 'foreign' | 'refused'

/** An answer that was written, or why it was not. */
export type AnswerOutcome =
  | { readonly ok: true; readonly answer: WrittenAnswer }
  | { readonly ok: false; readonly code: AnswerTrouble; readonly reason: string; readonly action?: ActionRecord }

/** A command that answers a proposal; the kernel has yet to decide it. */
export interface WrittenAnswer {
  readonly action: ActionRecord
  readonly verdict: 'approve' | 'reject'
  /** The command whose ledger line contains the decision: the action's own command, or the one that cancels it. */
  readonly cid: string
  /** The size of the ledger before the answer was written. The deciding line comes after it. */
  readonly from: number
}

/** The person who answers, and the channel that they use. */
export interface AnswerOptions {
  /** The person; null if unknown. */
  readonly author: string | null
  /** The channel, such as `cli`, `dashboard` or `api`. */
  readonly source: string
  /** The reason, for the ledger. */
  readonly note?: string | undefined
  /** Whether to approve even if the run is frozen. The kernel then closes the proposal as `ignored_freeze`. @defaultValue false */
  readonly anyway?: boolean | undefined
  /** Epoch milliseconds. Default: now. */
  readonly nowMs?: number | undefined
}

/**
 * Approves a proposal: appends the proposal's command, with the proposal's own `cid`. The autopilot need not be running. Two approvals
 * write the same command twice, and the kernel carries out only the first one.
 */
export function approve(run: Run, id: string, options: AnswerOptions): AnswerOutcome {
  return answer(run, id, options, (action) => {
    const frozen = options.anyway === true ? undefined : frozenReason(run, action)
    if (frozen !== undefined) return { ok: false, code: 'frozen', reason: frozen, action }
    return append(run, action, 'approve', options)
  })
}

/** Rejects a proposal: appends `core cancel` for its `cid`, which closes it. A later approval is `skipped_noop`. */
export function reject(run: Run, id: string, options: AnswerOptions): AnswerOutcome {
  return answer(run, id, options, (action) => append(run, action, 'reject', options))
}

/** Waits until the kernel has decided an answer. */
export function answerDecided(
  run: Run,
  { cid, from }: WrittenAnswer,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
): Promise<WaitResult> {
  return run.answers([cid], { from, timeoutMs, signal })
}

function answer(
  run: Run,
  id: string,
  { nowMs }: AnswerOptions,
  write: (action: ActionRecord) => AnswerOutcome,
): AnswerOutcome {
  if (run.isForeign()) return { ok: false, code: 'foreign', reason: FOREIGN }
  const { actions } = readAutopilotHistory(run, currentMomentOf(run, nowMs))
  const action = actions.find((one) => one.id === id)
  if (action === undefined) return { ok: false, code: 'unknown', reason: unknownReason(id, actions) }
  const closed = closedReason(action)
  return closed === undefined ? write(action) : { ok: false, ...closed, action }
}

const FOREIGN =
  "the kernel of this run is not hotcb's: it honours neither `expect` nor `expires`, so nothing is written"

function unknownReason(id: string, actions: readonly ActionRecord[]): string {
  const near = nearest(
    id,
    actions.map((one) => one.id),
  )
  const hint =
    near.length === 0 ? 'no proposal has that id' : `did you mean ${near.map((one) => `\`${one}\``).join(' or ')}?`
  return oneLine(`no proposal \`${id}\`: ${hint}`)
}

function closedReason(action: ActionRecord): { readonly code: AnswerTrouble; readonly reason: string } | undefined {
  const { id, state } = action
  if (state === 'open') return undefined
  if (state === 'told') return { code: 'not-asked', reason: `\`${id}\` is an alert, which needs no answer` }
  if (state === 'lapsed') {
    return { code: 'lapsed', reason: `\`${id}\` has expired: no one answered in time, and nothing was changed` }
  }
  return { code: 'answered', reason: oneLine(`\`${id}\` has already been answered: ${answerText(action)}`) }
}

function frozenReason(run: Run, { id, command }: ActionRecord): string | undefined {
  const { mode } = run.freeze().state
  const op = String(command?.['op'])
  const module = String(command?.['module'])
  const verdict = judgeFreeze(mode, 'live', { module, op, params: command?.['params'] })
  if (verdict === 'pass') return undefined
  return frozenText(id, mode)
}

function append(
  run: Run,
  action: ActionRecord,
  verdict: WrittenAnswer['verdict'],
  options: AnswerOptions,
): AnswerOutcome {
  const { note } = options
  const draft = verdict === 'approve' ? draftOf(action, note) : cancelOf(action, note)
  const sender = { source: options.source, author: options.author ?? undefined }
  try {
    const { cids, from } = run.send([draft], sender)
    const [cid = ''] = cids
    return { ok: true, answer: { action, verdict, cid, from } }
  } catch (error) {
    // The run's controls would not accept the command, or the disk is full. Nothing was written.
    const code = isRunError(error) && error.code === 'foreign-kernel' ? 'foreign' : 'refused'
    return { ok: false, code, reason: oneLine(messageOf(error)), action }
  }
}

type Draft = Parameters<Run['send']>[0][number]

function draftOf({ command }: ActionRecord, note: string | undefined): Draft {
  // The proposal contains a whole command. The time, the source and the author are those of the approval.
  const { ts: _ts, source: _source, author: _author, ...rest } = command ?? {}
  const asked = rest as JsonObject & { module: string; op: string }
  return { ...asked, ...(note !== undefined && { note }) } as Draft
}

function cancelOf({ cid }: ActionRecord, note: string | undefined): Draft {
  const params: Record<string, Json> = { cid, ...(note !== undefined && { reason: note }) }
  return { module: 'core', op: 'cancel', params, ...(note !== undefined && { note }) }
}
