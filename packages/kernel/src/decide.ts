import { judgeFreeze } from '@hotcb/protocol'
import { applyAsk } from './apply-ask.ts'
import { type Ask, joinNotes } from './ask.ts'
import { judgeConditions } from './conditions.ts'
import { type Core, stepOf } from './core.ts'
import { applyCoreOp } from './core-ops.ts'
import type { Verdict } from './recorder.ts'
import { resolveRevert } from './revert.ts'
import { describeError } from './router.ts'

/** How the safe point is driven: a checkpoint handler that returns a promise can be waited for only in `async`. */
export type Drive = 'sync' | 'async'

/**
 * Decides one ask that is due, applies it, and records its line.
 *
 * @returns A promise to wait for, when a handler of the trainer gave one.
 */
export function decide(core: Core, ask: Ask, drive: Drive): Promise<void> | null {
  const { seq } = core.recorder
  try {
    return decideNow(core, ask, drive)
  } catch (error) {
    // Ports, controls and modules are other people's code. One that throws where nobody expects it fails its own command.
    const { message, traceback } = describeError(error)
    core.note(`${ask.op.module} ${ask.op.op} threw: ${traceback ?? message}`)
    if (core.recorder.seq === seq) core.recorder.record(ask, { decision: 'failed', error: message, traceback })
    return null
  }
}

function decideNow(core: Core, ask: Ask, drive: Drive): Promise<void> | null {
  if (ask.op.module === 'core' && ask.op.op === 'revert' && ask.of === null) return decideRevert(core, ask)
  const refused = judge(core, ask)
  if (refused !== null) {
    core.recorder.record(ask, refused)
    return null
  }
  if (ask.op.module === 'core') return applyCoreOp(core, ask, drive)
  applyAsk(core, ask)
  return null
}

/** What a safe point waits for: so many milliseconds of a pause, or a checkpoint handler. */
export type Wait = { readonly ms: number } | { readonly promise: Promise<void> }

/** Decides an ask, and waits for a handler of the trainer that gave a promise. */
export function* decided(core: Core, ask: Ask, drive: Drive): Generator<Wait, void, void> {
  const promise = decide(core, ask, drive)
  if (promise !== null) yield { promise }
}

function judge(core: Core, ask: Ask): Verdict | null {
  const frozen = judgeFreeze(core.freeze.state.mode, ask.channel, ask.op)
  if (frozen !== 'pass') return { decision: frozen, error: frozenBy(core) }
  if (ask.command === null) return null
  return judgeConditions(ask.command, core.state, { step: stepOf(core), wallTime: core.clock.wallTime() })
}

function frozenBy(core: Core): string {
  const { mode } = core.freeze.state
  return mode === 'prod' ? 'frozen: mode is prod' : `frozen: a recipe is replayed (mode ${mode})`
}

function decideRevert(core: Core, ask: Ask): null {
  // The target may have been applied at this very safe point.
  core.recorder.flush()
  const inverse = resolveRevert(ask.op.params, core.standing, core.ledger)
  if (!inverse.ok) {
    const refused = judge(core, ask)
    core.recorder.record(ask, refused ?? { decision: 'failed', error: inverse.reason })
    return null
  }
  const { op, reverts } = inverse.value
  const asked: Ask = { ...ask, op, reverts, notes: joinNotes(`reverts seq ${reverts}`, ask.notes) }
  const refused = judge(core, asked)
  if (refused !== null) {
    core.recorder.record({ ...asked, reverts: null }, refused)
    return null
  }
  const pending = core.history.remove((entry) => entry.seq === reverts)
  if (pending.length > 0) {
    core.recorder.record(asked, {
      decision: 'applied',
      payload: {},
      notes: 'taken out before it came to be made again',
    })
    core.standing.delete(reverts)
    return null
  }
  const line = applyAsk(core, asked)
  // A revert that failed reverts nothing: its line says so by its decision.
  if (line.decision !== 'applied') core.note(`revert of seq ${reverts} failed: ${line.error}`)
  return null
}
