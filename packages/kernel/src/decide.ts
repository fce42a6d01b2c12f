import { judgeFreeze } from '@hotcb/protocol'
import { applyAsk } from './apply-ask.ts'
import { type Ask, joinNotes } from './ask.ts'
import { judgeConditions } from './conditions.ts'
import { applyCoreOp } from './core-ops.ts'
import { stepOf } from './loop.ts'
import type { KernelParts } from './parts.ts'
import type { Verdict } from './recorder.ts'
import { resolveRevert } from './revert.ts'
import { describeError } from './router.ts'

/** How the safe point runs. Only `async` can wait for a checkpoint handler that returns a promise. */
export type Drive = 'sync' | 'async'

/**
 * Decides on one ask that is due: applies or rejects it, and records its ledger line.
 *
 * @returns A promise to wait for, if a handler of the trainer returned one.
 */
export function decide(parts: KernelParts, ask: Ask, drive: Drive): Promise<void> | null {
  const { seq } = parts.recorder
  parts.deciding.begin(ask)
  try {
    const waiting = decideNow(parts, ask, drive)
    if (waiting === null) parts.deciding.end()
    return waiting?.finally(() => parts.deciding.end()) ?? null
  } catch (error) {
    // Ports, controls and modules are external code. If one of them throws an unexpected error, only this command
    // fails.
    const { message, traceback } = describeError(error)
    parts.note(`${ask.op.module} ${ask.op.op} threw: ${traceback ?? message}`)
    if (parts.recorder.seq === seq) parts.recorder.record(ask, { decision: 'failed', error: message, traceback })
    parts.deciding.end()
    return null
  }
}

function decideNow(parts: KernelParts, ask: Ask, drive: Drive): Promise<void> | null {
  if (ask.op.module === 'core' && ask.op.op === 'revert' && ask.of === null) return decideRevert(parts, ask)
  const refused = judge(parts, ask)
  if (refused !== null) {
    parts.recorder.record(ask, refused)
    return null
  }
  if (ask.op.module === 'core') return applyCoreOp(parts, ask, drive)
  applyAsk(parts, ask)
  return null
}

/**
 * What a safe point is waiting for: a number of milliseconds during a pause, or the promise that a checkpoint handler
 * returned.
 */
export type Wait = { readonly ms: number } | { readonly promise: Promise<void> }

/**
 * The work of a safe point as a generator that yields each wait. It receives the result of the wait: false if the wait
 * was abandoned.
 */
export type Visit = Generator<Wait, void, unknown>

/** Decides on an ask, and waits if a handler of the trainer returned a promise. */
export function* decided(parts: KernelParts, ask: Ask, drive: Drive): Visit {
  const promise = decide(parts, ask, drive)
  if (promise !== null) yield { promise }
}

function judge(parts: KernelParts, ask: Ask): Verdict | null {
  const frozen = judgeFreeze(parts.freeze.state.mode, ask.channel, ask.op)
  if (frozen !== 'pass') return { decision: frozen, error: frozenBy(parts) }
  if (ask.command === null) return null
  return judgeConditions(ask.command, parts.state, { step: stepOf(parts.loop), wallTime: parts.clock.wallTime() })
}

function frozenBy(parts: KernelParts): string {
  const { mode } = parts.freeze.state
  return mode === 'prod' ? 'frozen: mode is prod' : `frozen: a recipe is being replayed (mode ${mode})`
}

function decideRevert(parts: KernelParts, ask: Ask): null {
  // The target may have been applied at this same safe point.
  parts.recorder.flush()
  const inverse = resolveRevert(ask.op.params, parts)
  if (!inverse.ok) {
    const refused = judge(parts, ask)
    parts.recorder.record(ask, refused ?? { decision: 'failed', error: inverse.reason })
    return null
  }
  const { op, reverts } = inverse.value
  const asked: Ask = { ...ask, op, reverts, notes: joinNotes(`reverts seq ${reverts}`, ask.notes) }
  const refused = judge(parts, asked)
  if (refused !== null) {
    parts.recorder.record({ ...asked, reverts: null }, refused)
    return null
  }
  const pending = parts.queues.history.remove((entry) => entry.seq === reverts)
  if (pending.length > 0) {
    parts.recorder.record(asked, {
      decision: 'applied',
      payload: {},
      notes: 'removed before it was re-applied',
    })
    parts.inForce.delete(reverts)
    return null
  }
  const line = applyAsk(parts, asked)
  // The line of a failed revert also names its target. The decision `failed` shows that nothing was reverted.
  if (line.decision !== 'applied') parts.note(`revert of seq ${reverts} failed: ${line.error}`)
  return null
}
