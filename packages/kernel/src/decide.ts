import { judgeFreeze, type LedgerLine, type Op, type Outcome } from '@hotcb/protocol'
import { type Ask, askFor, joinNotes } from './ask.ts'
import { judgeConditions } from './conditions.ts'
import { type Core, stepOf } from './core.ts'
import { applyCoreOp } from './core-ops.ts'
import type { RanksOutcome } from './ranks.ts'
import type { Verdict } from './recorder.ts'
import { resolveRevert } from './revert.ts'

/** How the safe point is driven: a checkpoint handler that returns a promise can be waited for only in `async`. */
export type Drive = 'sync' | 'async'

/**
 * Decides one ask that is due, applies it, and records its line.
 *
 * @returns A promise to wait for, when a handler of the trainer gave one.
 */
export function decide(core: Core, ask: Ask, drive: Drive): Promise<void> | null {
  if (ask.op.module === 'core' && ask.op.op === 'revert' && ask.of === null) return decideRevert(core, ask)
  const refused = judge(core, ask)
  if (refused !== null) {
    core.recorder.record(ask, refused)
    return null
  }
  if (ask.op.module === 'core') return applyCoreOp(core, ask, drive)
  apply(core, ask)
  return null
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

function apply(core: Core, ask: Ask): LedgerLine {
  const { step, call } = core
  const context = core.context(ask.channel, ask.op.module)
  const at = { step: stepOf(core), total: core.total }
  const route = (op: Op): Outcome => core.router.route(op, context, at)
  const here = { route, state: core.router.stateOf(ask.op) }
  const outcome: RanksOutcome = core.ranks === null ? route(ask.op) : core.ranks.apply(ask.op, ask.channel, at, here)
  const line = core.recorder.record(ask, verdictOf(outcome, ask.op))
  const { of } = ask
  if (line.decision === 'applied') {
    if (of !== null) core.standing.move(of.seq, step, call)
    else {
      const keys = core.router.keys(ask.op, line.payload ?? ask.op.params)
      core.standing.add({ seq: line.seq, step, call, keys, reverts: ask.reverts })
    }
  } else {
    if (of !== null) core.standing.delete(of.seq)
    recordBroken(core, ask, outcome.broken ?? [])
    if (ask.channel === 'recipe') core.replayProblems.push(`step ${step}: ${ask.op.module} ${ask.op.op}: ${line.error}`)
  }
  return line
}

// A control that could not be put back is disabled, which is a change like any other.
function recordBroken(core: Core, ask: Ask, elsewhere: readonly string[]): void {
  for (const key of new Set([...(core.state?.takeBroken() ?? []), ...elsewhere])) {
    const op: Op = { module: ask.op.module, op: 'disable', id: ask.op.id, params: { key } }
    const notes = 'it could not be put back after a failed change'
    const at = { step: stepOf(core), total: core.total }
    const route = (asked: Op): Outcome => core.router.route(asked, core.context('kernel', asked.module), at)
    core.ranks?.apply(op, 'kernel', at, { route, state: core.router.stateOf(op) })
    const line = core.recorder.record(askFor(op, 'kernel', 'kernel', { notes }), {
      decision: 'applied',
      payload: { key },
      old: { key },
    })
    core.standing.add({ seq: line.seq, step: core.step, call: core.call, keys: core.router.keys(op), reverts: null })
  }
}

function verdictOf(outcome: RanksOutcome, op: Op): Verdict {
  if (!outcome.ok) {
    const { error, traceback = null, notes = null } = outcome
    return { decision: 'failed', error, traceback, notes, ranks: outcome.ranks ?? null }
  }
  const { payload, old = null, notes = null } = outcome
  // An empty payload is how the ledger says that a pending entry was taken out.
  const set = hasKeys(payload) ? payload : hasKeys(op.params) ? op.params : null
  return { decision: 'applied', payload: set, old, notes }
}

function hasKeys(params: Op['params']): boolean {
  for (const _key in params) return true
  return false
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
  const line = apply(core, asked)
  // A revert that failed reverts nothing: its line says so by its decision.
  if (line.decision !== 'applied') core.note(`revert of seq ${reverts} failed: ${line.error}`)
  return null
}
