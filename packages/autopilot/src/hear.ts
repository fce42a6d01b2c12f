import type { LedgerLine } from '@hotcb/protocol'
import { lacks } from './abilities.ts'
import { isAutopilotSource } from './autopilot-source.ts'
import type { EngineParts, Procedure } from './engine-parts.ts'
import type { OpenAction } from './open-actions.ts'
import { procedureApplied } from './procedure.ts'
import { isMode } from './types.ts'

/** When a line counts: the step of the evaluation that receives it, and the number of computed steps at the line itself. */
export interface Moment {
  readonly step: number
  readonly clock: number
}

/** Processes a ledger line: control changes, checkpoints, mode changes, and answers to proposals and commands. */
export function hear(parts: EngineParts, line: LedgerLine, at: Moment): void {
  const { step } = at
  const { changes, values, checkpoints, state, open } = parts
  changes.take(line, at.clock)
  values.take(line, at.clock)
  checkpoints.take(line, at.clock)
  takeMode(parts, line)
  if (state.procedure !== null && isTakenOver(state.procedure, line)) state.procedure = null
  const answer = open.answerOf(line)
  if (answer === undefined) return
  const { action, isCancel } = answer
  open.remove(action.cid)
  const { author: by, decision, seq } = line
  const told = { id: action.id, step, cid: action.cid, by, decision, seq }
  if (isCancel) {
    parts.emit({ ...told, kind: 'dismissed', reason: line.notes })
    if (state.procedure?.state.awaits === action.cid) state.procedure = null
    return
  }
  if (action.isProposal && by !== null) parts.emit({ ...told, kind: 'approved', reason: null })
  parts.emit({ ...told, kind: 'decided', reason: line.error })
  if (decision === 'applied') applied(parts, action, line, at)
  else refused(parts, action, line, step)
}

function takeMode({ state }: EngineParts, { module, op, decision, payload, params }: LedgerLine): void {
  if (module !== 'autopilot' || op !== 'mode' || decision !== 'applied') return
  const mode = payload?.['mode'] ?? params?.['mode']
  if (isMode(mode)) state.mode = mode
}

function applied(parts: EngineParts, action: OpenAction, line: LedgerLine, at: Moment): void {
  const { step, clock } = at
  const { state, byId } = parts
  if (state.procedure?.state.awaits === action.cid) {
    procedureApplied(parts, state.procedure, line, at)
    return
  }
  const rule = byId.get(action.rule)
  if (!action.isMeasured || rule === undefined) return
  const settle = Math.max(10, rule.settle)
  state.measured = [...state.measured, { id: action.id, rule: rule.id, step: line.step ?? step, clock, settle }]
}

function refused(parts: EngineParts, action: OpenAction, line: LedgerLine, step: number): void {
  const { state, armings, emit } = parts
  const arming = armings.get(action.rule)
  if (arming !== undefined) {
    // The next rescue is planned without checkpoints, so it need not wait.
    if (lacks(line, 'load')) arming.isArmed = true
    else arming.patience = 4
  }
  if (state.procedure?.state.awaits === action.cid) state.procedure = null
  const { decision, error } = line
  emit({ kind: 'outcome', id: action.id, step, verdict: 'refused', because: error ?? decision, evidence: { decision } })
}

// `ap-a1-1` and `ap-a1-1.2` belong to action a1-1, `ap-a1-10` does not.
function isOwn(cid: string | null, id: string): boolean {
  return cid === `ap-${id}` || cid?.startsWith(`ap-${id}.`) === true
}

/**
 * Whether a person took over: if a person changes the rate or loads another checkpoint, the rescue ends and that change remains in force.
 */
function isTakenOver({ state, id }: Procedure, line: LedgerLine): boolean {
  const { decision, cid, module, op, payload, source } = line
  if (decision !== 'applied' || isOwn(cid, id) || isAutopilotSource(source)) return false
  if (module === 'core' && op === 'checkpoint') return payload?.['action'] === 'load'
  return op === 'set_params' && source !== 'history' && Object.hasOwn(payload ?? {}, state.rateKey)
}
