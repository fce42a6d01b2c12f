import type { AutopilotLine, Command, Confidence, Decision, JsonObject, LedgerLine } from '@hotcb/protocol'
import { isObject } from '@hotcb/protocol'
import { createHoldFold } from '@hotcb/run'
import { isAutopilotSource } from './autopilot-source.ts'
import type { ActionRecord, ActionState, AutopilotHistory } from './types.ts'

/** The run's current step. Without it, nothing expires by step. */
export interface CurrentMoment {
  readonly step: number | null
  /** Epoch seconds. */
  readonly now: number
}

/** Folds the log, the ledger and the commands as they grow. Lines from the three sources may arrive in any order relative to each other. */
export interface AutopilotHistoryFold {
  line(line: AutopilotLine): void
  ledger(line: LedgerLine): void
  /** Processes a command from a command file: an answer that the kernel has not decided yet. */
  command(command: Command): void
  story(at?: CurrentMoment): AutopilotHistory
}

/**
 * Returns an autopilot's history from its log and the ledger. Pure: the same lines yield the same history, in however many batches they
 * arrive. Lines from a start that another start had already superseded are left out.
 *
 * @param ledger The ledger lines; only those that answer an action matter.
 * @param commands Commands from the command files: answers that the kernel has not decided yet.
 */
export function foldAutopilotHistory(
  lines: Iterable<AutopilotLine>,
  ledger: Iterable<LedgerLine>,
  at?: CurrentMoment,
  commands: Iterable<Command> = [],
): AutopilotHistory {
  const fold = createAutopilotHistoryFold()
  for (const line of lines) fold.line(line)
  for (const line of ledger) fold.ledger(line)
  for (const command of commands) fold.command(command)
  return fold.story(at)
}

/** Whether a cid belongs to an action. Other ledger lines and commands do not concern the autopilot. */
export function isActionCid(cid: string | null): cid is string {
  return cid?.startsWith(ACTION_MARK) === true
}

/** The prefix of every action's `cid`. */
export const ACTION_MARK = 'ap-'

export function createAutopilotHistoryFold(): AutopilotHistoryFold {
  const holds = createHoldFold()
  const actions = new Map<string, Draft>()
  const answers = createAnswers()
  return {
    line(line) {
      // The fold needs only these fields.
      if (holds.take({ kind: line.kind, n: line.n, data: line.data }) !== 'line') return
      // Model queries and answers are not actions.
      if (line.kind === 'call' || line.kind === 'reply') return
      const known = actions.get(line.action_id)
      if (known === undefined) actions.set(line.action_id, draftOf(line))
      else add(known, line)
      againOf(line, actions)
    },
    ledger: answers.ledger,
    command: answers.command,
    story: (at) => ({
      n: holds.holder?.n ?? 0,
      actions: [...actions.values()].map((draft) => storyOf(draft, answers, at)),
    }),
  }
}

/** The state of one action, folded from its lines. */
interface Draft {
  readonly id: string
  readonly step: number | null
  readonly ts: number
  readonly source: string
  rule: string | null
  metric: string | null
  because: string | null
  confidence: Confidence | null
  isAlert: boolean
  /** Whether it needs no approval. */
  isAuto: boolean
  command: JsonObject | null
  next: JsonObject | null
  /** The action's latest command. */
  cid: string | null
  /** Whether the log records that its command was appended. */
  isQueued: boolean
  answer: Answer | null
  outcome: ActionRecord['outcome']
  outcomeBecause: string | null
  again: number
  plan: readonly string[]
  evidence: JsonObject
  procedure: JsonObject | null
}

function draftOf(line: AutopilotLine): Draft {
  const draft: Draft = {
    id: line.action_id,
    step: line.step,
    ts: line.ts,
    source: line.source,
    rule: line.rule_id,
    metric: line.metric,
    because: line.reason,
    confidence: line.confidence,
    isAlert: line.kind === 'alert',
    isAuto: false,
    command: null,
    next: null,
    cid: null,
    isQueued: false,
    answer: null,
    outcome: null,
    outcomeBecause: null,
    again: 0,
    plan: [],
    evidence: {},
    procedure: null,
  }
  add(draft, line)
  return draft
}

function add(draft: Draft, line: AutopilotLine): void {
  const data = line.data ?? {}
  addData(draft, line, data)
  if (line.kind === 'proposed') propose(draft, line, data)
  else if (line.kind === 'queued') queue(draft, line)
  else if (line.kind === 'decided' || line.kind === 'approved' || line.kind === 'dismissed') {
    // A command that was followed by a later one in the same procedure needs no answer anymore.
    if (line.cid === null || line.cid === draft.cid) draft.answer = loggedAnswer(line, draft.answer)
  } else if (line.kind === 'outcome') {
    draft.outcome = OUTCOMES.find((one) => one === data['verdict']) ?? 'unclear'
    draft.outcomeBecause = line.reason
  }
}

function addData(draft: Draft, { kind }: AutopilotLine, { evidence, procedure }: JsonObject): void {
  if (procedure !== undefined) draft.procedure = isObject(procedure) ? (procedure as JsonObject) : null
  if (!isObject(evidence) || kind === 'outcome') return
  // A rescue that ended without another command has a line under its own id.
  if (evidence['settled'] === true) draft.procedure = null
  else draft.evidence = evidence as JsonObject
}

const OUTCOMES = ['better', 'worse', 'unclear', 'refused'] as const

function propose(draft: Draft, line: AutopilotLine, data: JsonObject): void {
  const { plan } = data
  if (Array.isArray(plan) && plan.length > 0) draft.plan = plan.filter((one) => typeof one === 'string')
  draft.isAuto = data['auto'] === true
  draft.command = line.command
  draft.next = null
  draft.cid = line.cid
  draft.isQueued = false
  draft.answer = null
}

// A line with a command is a later command in a procedure, so the outcome of the previous command is known.
function queue(draft: Draft, line: AutopilotLine): void {
  draft.isQueued = true
  if (line.command === null) return
  draft.next = line.command
  draft.cid = line.cid
  draft.answer = null
}

// If a rule fires again while its proposal is open, it requests nothing: an alert reports the firing and names the proposal.
function againOf(line: AutopilotLine, actions: ReadonlyMap<string, Draft>): void {
  const evidence = line.data?.['evidence']
  if (line.kind !== 'alert' || !isObject(evidence) || typeof evidence['again'] !== 'string') return
  const first = actions.get(evidence['again'])
  if (first !== undefined) first.again++
}

/** How a command was answered. */
interface Answer {
  readonly state: ActionState
  readonly by: string | null
  readonly decision: Decision | null
  readonly seq: number | null
  readonly error: string | null
}

// This answer is in the line that the engine wrote. If the ledger was lost, there is no other record of it.
function loggedAnswer(line: AutopilotLine, before: Answer | null): Answer {
  const { kind, by, decision, seq, reason } = line
  if (kind === 'dismissed') return { state: 'dismissed', by, decision, seq, error: reason }
  if (kind === 'approved') return { state: before?.state ?? 'queued', by, decision, seq, error: before?.error ?? null }
  const state = decision === null ? 'failed' : STATES[decision]
  return { state, by: before?.by ?? by, decision, seq, error: state === 'applied' ? null : reason }
}

const STATES: Readonly<Record<Decision, ActionState>> = {
  applied: 'applied',
  failed: 'failed',
  rejected: 'failed',
  expired: 'expired',
  // Another line with the same cid made the decision but was lost with the ledger. This line had no effect.
  skipped_noop: 'dismissed',
  ignored: 'failed',
  ignored_freeze: 'frozen',
  ignored_replay: 'frozen',
}

/** The kernel's answers, and answers that it has not read yet, by cid. The first answer to each is used. */
interface Answers {
  ledger(line: LedgerLine): void
  command(command: Command): void
  decided(cid: string): Answer | undefined
  asked(cid: string): Answer | undefined
}

function createAnswers(): Answers {
  const decided = new Map<string, Answer>()
  const asked = new Map<string, Answer>()
  const first = (answers: Map<string, Answer>, cid: string, answer: Answer): void => {
    if (!answers.has(cid)) answers.set(cid, answer)
  }
  return {
    ledger(line) {
      const { module, op, params, decision, seq, error, of } = line
      const by = personOf(line)
      if (isActionCid(line.cid) && of === null) {
        first(decided, line.cid, { state: STATES[decision], by, decision, seq, error })
      }
      const closed = params?.['cid']
      if (module !== 'core' || op !== 'cancel' || decision !== 'applied' || typeof closed !== 'string') return
      const reason = params?.['reason']
      const said = typeof reason === 'string' ? reason : null
      if (isActionCid(closed)) first(decided, closed, { state: 'dismissed', by, decision: null, seq, error: said })
    },
    command({ cid, module, op, params, author = null, source }) {
      const by = personOf({ author, source })
      const waiting = { by, decision: null, seq: null, error: null }
      if (isActionCid(cid)) first(asked, cid, { ...waiting, state: 'queued' })
      const closed = params?.['cid']
      if (module === 'core' && op === 'cancel' && typeof closed === 'string' && isActionCid(closed)) {
        first(asked, closed, { ...waiting, state: 'dismissed' })
      }
    },
    decided: (cid) => decided.get(cid),
    asked: (cid) => asked.get(cid),
  }
}

/** Returns the person who answered; null if the autopilot acted itself, without an answer. */
function personOf({
  author,
  source,
}: {
  readonly author: string | null
  readonly source: string | null
}): string | null {
  return author ?? (source === null || isAutopilotSource(source) ? null : source)
}

function storyOf(draft: Draft, answers: Answers, at: CurrentMoment | undefined): ActionRecord {
  const { id, rule, metric, step, ts, because, confidence, source, command, cid, outcome, outcomeBecause } = draft
  const { again, plan, evidence, procedure, next } = draft
  const asked = cid === null ? undefined : answers.asked(cid)
  const answer = (cid === null ? undefined : answers.decided(cid)) ?? draft.answer ?? asked
  const state = answer?.state ?? unanswered(draft, at)
  return {
    ...{ id, state, rule, metric, step, ts, because, confidence, source, command, cid, outcome, outcomeBecause },
    ...{ by: answer?.by ?? asked?.by ?? null, decision: answer?.decision ?? null, seq: answer?.seq ?? null },
    ...{ error: answer?.error ?? null, again, plan, evidence, procedure, next },
  }
}

function unanswered({ isAlert, isAuto, isQueued, command }: Draft, at: CurrentMoment | undefined): ActionState {
  if (isAlert || command === null) return 'told'
  if (isQueued || isAuto) return 'queued'
  return at !== undefined && isExpired(command, at) ? 'lapsed' : 'open'
}

/** Whether a command may no longer be applied. The step in `expires` is the last one at which it may be. */
export function isExpired(command: JsonObject, at: CurrentMoment): boolean {
  const expires = command['expires']
  if (!isObject(expires)) return false
  const { step, ts } = expires
  if (typeof ts === 'number' && at.now > ts) return true
  return typeof step === 'number' && at.step !== null && at.step > step
}
