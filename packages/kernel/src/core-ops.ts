import { freezePayload, type JsonObject, readFreeze, show, UNFROZEN } from '@hotcb/protocol'
import type { Ask } from './ask.ts'
import { askForSave, saveMidway } from './checkpoint.ts'
import type { Drive } from './decide.ts'
import { dropCheckpoint } from './drop-checkpoint.ts'
import { loadCheckpoint } from './load-checkpoint.ts'
import { nextStepOf } from './loop.ts'
import { ACCEPT_LEDGER } from './lost-ledger.ts'
import type { KernelParts } from './parts.ts'
import type { Verdict } from './recorder.ts'
import { followRecipe } from './replay.ts'
import { describeError } from './router.ts'

/** Ops of `core` that a person may use. */
const CORE_OPS = ['freeze', 'unfreeze', 'pause', 'resume', 'stop', 'checkpoint', 'revert', 'cancel'] as const

/** Applies an op of `core` that freeze and its own conditions allow, and records it. */
export function applyCoreOp(parts: KernelParts, ask: Ask, drive: Drive): Promise<void> | null {
  const { op } = ask
  switch (op.op) {
    case 'freeze':
    case 'unfreeze':
      setFreeze(parts, ask)
      return null
    case 'pause':
      return done(parts, ask, pause(parts))
    case 'resume':
      return done(parts, ask, resume(parts))
    case 'stop':
      return done(parts, ask, stop(parts, op.params))
    case 'cancel':
      return done(parts, ask, cancel(parts, op.params))
    case ACCEPT_LEDGER:
      return done(parts, ask, acceptLedger(parts, ask))
    case 'checkpoint':
      return checkpoint(parts, ask, drive)
    case 'attempt':
    case 'yaml':
      return done(parts, ask, { decision: 'failed', error: `\`core ${op.op}\` is written only by the kernel` })
    default: {
      const error = `unknown_core_op: \`${op.op}\`: core has the ops ${CORE_OPS.join(', ')}`
      return done(parts, ask, { decision: 'failed', error })
    }
  }
}

function done(parts: KernelParts, ask: Ask, verdict: Verdict): null {
  parts.recorder.record(ask, verdict)
  return null
}

function setFreeze(parts: KernelParts, ask: Ask): void {
  const { op } = ask
  const asked = op.op === 'unfreeze' ? UNFROZEN : { ...op.params, ...fieldsOf(op) }
  const state = readFreeze(asked)
  if (!state.ok) {
    parts.recorder.record(ask, { decision: 'failed', error: state.reason })
    return
  }
  try {
    parts.freeze.set({ ...state.value, author: ask.author })
  } catch (error) {
    const { message } = describeError(error)
    parts.recorder.record(ask, { decision: 'failed', error: `the freeze document cannot be written: ${message}` })
    return
  }
  parts.recorder.record(ask, { decision: 'applied', payload: freezePayload(state.value) })
  followRecipe(parts)
}

function fieldsOf(op: Ask['op']): JsonObject {
  const fields: Record<string, string | number> = {}
  for (const key of ['mode', 'recipe_path', 'adjust_path', 'policy', 'step_offset'] as const) {
    const value = op[key]
    if (value !== null && value !== undefined) fields[key] = value
  }
  return fields
}

function pause(parts: KernelParts): Verdict {
  return parts.condition.pause() ? { decision: 'applied' } : { decision: 'skipped_noop', notes: 'it is already paused' }
}

function resume(parts: KernelParts): Verdict {
  return parts.condition.resume() ? { decision: 'applied' } : { decision: 'skipped_noop', notes: 'it is not paused' }
}

function stop(parts: KernelParts, params: JsonObject | null): Verdict {
  const reason = params?.reason ?? null
  if (reason !== null && typeof reason !== 'string') {
    return { decision: 'failed', error: `\`reason\` must be text, got ${show(reason)}` }
  }
  parts.condition.stop(reason ?? 'stopped by command')
  return { decision: 'applied', payload: reason === null ? null : { reason } }
}

// If the ledger was lost, the kernel accepted it when it read this command ahead. A complete ledger needs no
// acceptance.
function acceptLedger(parts: KernelParts, ask: Ask): Verdict {
  if (parts.condition.acceptedCid !== null && ask.cid === parts.condition.acceptedCid) return { decision: 'applied' }
  return { decision: 'skipped_noop', notes: 'the ledger is not lost: there is nothing to accept' }
}

function cancel(parts: KernelParts, params: JsonObject | null): Verdict {
  const cid = params?.cid
  if (typeof cid !== 'string' || cid === '')
    return { decision: 'failed', error: `\`cid\` must be a non-empty string, got ${show(cid)}` }
  const waiting = parts.queues.withdraw(cid)
  if (waiting !== undefined) {
    parts.recorder.record(waiting, { decision: 'expired', error: 'cancelled' })
    return { decision: 'applied', payload: { cid } }
  }
  if (parts.intake?.takeWithdrawn(cid) === true) return { decision: 'applied', payload: { cid } }
  if (parts.intake?.isTaken(cid) === true) {
    return { decision: 'failed', error: `no held command has cid ${show(cid)}: it is already answered` }
  }
  parts.intake?.close(cid)
  return {
    decision: 'applied',
    payload: { cid },
    notes: 'no command with this `cid` has arrived: if one arrives, it is skipped',
  }
}

function checkpoint(parts: KernelParts, ask: Ask, drive: Drive): Promise<void> | null {
  const { action = 'save', tag = null } = ask.op.params ?? {}
  if (tag !== null && (typeof tag !== 'string' || !isTag(tag))) {
    const error = `\`tag\` must be letters, digits, dots, dashes or underscores, got ${show(tag)}`
    return done(parts, ask, { decision: 'failed', error })
  }
  if (action === 'save' || action === 'branch') {
    return askForSave(parts, ask, tag ?? `step-${nextStepOf(parts.loop)}`, drive)
  }
  if (action === 'load') {
    // Save requests that came before the load refer to the state before the load.
    const saved = parts.queues.saves.length > 0 ? saveMidway(parts, drive) : null
    if (saved === null) return loadCheckpoint(parts, ask, tag, drive)
    return saved.then(() => loadCheckpoint(parts, ask, tag, drive) ?? undefined)
  }
  if (action === 'drop') return dropCheckpoint(parts, ask, tag, drive)
  const error = `\`action\` must be save, load, branch or drop, got ${show(action)}`
  return done(parts, ask, { decision: 'failed', error })
}

function isTag(tag: string): boolean {
  return /^\w[\w.-]{0,99}$/.test(tag)
}
