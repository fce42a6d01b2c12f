import { type JsonObject, readFreeze, show, UNFROZEN } from '@hotcb/protocol'
import type { Ask } from './ask.ts'
import { askForSave, saveMidway } from './checkpoint.ts'
import { type Core, nextStepOf } from './core.ts'
import type { Drive } from './decide.ts'
import { dropCheckpoint } from './drop-checkpoint.ts'
import { loadCheckpoint } from './load-checkpoint.ts'
import { ACCEPT_LEDGER } from './lost-ledger.ts'
import type { Verdict } from './recorder.ts'
import { followRecipe } from './replay.ts'
import { describeError } from './router.ts'

/** Ops of `core`, in the words a person may use. */
const CORE_OPS = ['freeze', 'unfreeze', 'pause', 'resume', 'stop', 'checkpoint', 'revert', 'cancel'] as const

/** Applies an op of `core` that has passed freeze and conditions, and records it. */
export function applyCoreOp(core: Core, ask: Ask, drive: Drive): Promise<void> | null {
  const { op } = ask
  switch (op.op) {
    case 'freeze':
    case 'unfreeze':
      setFreeze(core, ask)
      return null
    case 'pause':
      return done(core, ask, pause(core))
    case 'resume':
      return done(core, ask, resume(core))
    case 'stop':
      return done(core, ask, stop(core, op.params))
    case 'cancel':
      return done(core, ask, cancel(core, op.params))
    case ACCEPT_LEDGER:
      return done(core, ask, acceptLedger(core, ask))
    case 'checkpoint':
      return checkpoint(core, ask, drive)
    case 'attempt':
    case 'yaml':
      return done(core, ask, { decision: 'failed', error: `\`core ${op.op}\` is written by the kernel only` })
    default: {
      const error = `unknown_core_op: \`${op.op}\`: core understands ${CORE_OPS.join(', ')}`
      return done(core, ask, { decision: 'failed', error })
    }
  }
}

function done(core: Core, ask: Ask, verdict: Verdict): null {
  core.recorder.record(ask, verdict)
  return null
}

function setFreeze(core: Core, ask: Ask): void {
  const { op } = ask
  const asked = op.op === 'unfreeze' ? UNFROZEN : { ...op.params, ...fieldsOf(op) }
  const state = readFreeze(asked)
  if (!state.ok) {
    core.recorder.record(ask, { decision: 'failed', error: state.reason })
    return
  }
  try {
    core.freeze.set(state.value)
  } catch (error) {
    const { message } = describeError(error)
    core.recorder.record(ask, { decision: 'failed', error: `the freeze document cannot be written: ${message}` })
    return
  }
  core.recorder.record(ask, { decision: 'applied', payload: { ...state.value } })
  followRecipe(core)
}

function fieldsOf(op: Ask['op']): JsonObject {
  const fields: Record<string, string | number> = {}
  for (const key of ['mode', 'recipe_path', 'adjust_path', 'policy', 'step_offset'] as const) {
    const value = op[key]
    if (value !== null && value !== undefined) fields[key] = value
  }
  return fields
}

function pause(core: Core): Verdict {
  if (core.paused) return { decision: 'skipped_noop', notes: 'it is paused already' }
  core.paused = true
  return { decision: 'applied' }
}

function resume(core: Core): Verdict {
  if (!core.paused) return { decision: 'skipped_noop', notes: 'it is not paused' }
  core.paused = false
  return { decision: 'applied' }
}

function stop(core: Core, params: JsonObject | null): Verdict {
  const reason = params?.reason ?? null
  if (reason !== null && typeof reason !== 'string') {
    return { decision: 'failed', error: `\`reason\` must be text, got ${show(reason)}` }
  }
  core.stopped = true
  core.paused = false
  core.abort.abort(reason ?? 'stopped by command')
  return { decision: 'applied', payload: reason === null ? null : { reason } }
}

// It was accepted when this command was seen ahead; a ledger that is whole needs none.
function acceptLedger(core: Core, ask: Ask): Verdict {
  if (core.acceptedCid !== null && ask.cid === core.acceptedCid) return { decision: 'applied' }
  return { decision: 'skipped_noop', notes: 'the ledger is the one that was written' }
}

function cancel(core: Core, params: JsonObject | null): Verdict {
  const cid = params?.cid
  if (typeof cid !== 'string' || cid === '')
    return { decision: 'failed', error: `\`cid\` must be text, got ${show(cid)}` }
  const [held] = core.held.remove((ask) => ask.cid === cid)
  const waiting = held?.item ?? core.submitted.find((ask) => ask.cid === cid)
  if (waiting !== undefined) {
    core.submitted = core.submitted.filter((ask) => ask !== waiting)
    core.recorder.record(waiting, { decision: 'expired', error: 'cancelled' })
    return { decision: 'applied', payload: { cid } }
  }
  if (core.intake?.isTaken(cid) === true) {
    return { decision: 'failed', error: `no held command has cid ${show(cid)}: it is answered already` }
  }
  core.intake?.close(cid)
  return {
    decision: 'applied',
    payload: { cid },
    notes: 'no command of this `cid` has come: one that comes is passed over',
  }
}

function checkpoint(core: Core, ask: Ask, drive: Drive): Promise<void> | null {
  const { action = 'save', tag = null } = ask.op.params ?? {}
  if (tag !== null && (typeof tag !== 'string' || !isTag(tag))) {
    const error = `\`tag\` must be letters, digits, dots, dashes or underscores, got ${show(tag)}`
    return done(core, ask, { decision: 'failed', error })
  }
  if (action === 'save' || action === 'branch') {
    return askForSave(core, ask, tag ?? `step-${nextStepOf(core)}`, drive)
  }
  if (action === 'load') {
    // What was asked for before it is of the state before it.
    const saved = core.saves.length > 0 ? saveMidway(core, drive) : null
    if (saved === null) return loadCheckpoint(core, ask, tag, drive)
    return saved.then(() => loadCheckpoint(core, ask, tag, drive) ?? undefined)
  }
  if (action === 'drop') return dropCheckpoint(core, ask, tag, drive)
  const error = `\`action\` must be save, load, branch or drop, got ${show(action)}`
  return done(core, ask, { decision: 'failed', error })
}

function isTag(tag: string): boolean {
  return /^\w[\w.-]{0,99}$/.test(tag)
}
