import type { LedgerLine, Op, Outcome } from '@hotcb/protocol'
import { type Ask, askFor } from './ask.ts'
import { type Core, placeOf, stepOf } from './core.ts'
import type { RanksOutcome } from './ranks.ts'
import type { Verdict } from './recorder.ts'

/** Applies an ask that nothing refuses, on all ranks or on none, and records its line. Not for ops of `core`. */
export function applyAsk(core: Core, ask: Ask): LedgerLine {
  const { step } = core
  const context = core.context(ask.channel, ask.op.module)
  const at = { step: stepOf(core), total: core.total }
  const route = (op: Op): Outcome => core.router.route(op, context, at)
  const here = { route, state: core.router.stateOf(ask.op) }
  const outcome: RanksOutcome = core.ranks === null ? route(ask.op) : core.ranks.apply(ask.op, ask.channel, at, here)
  const line = core.recorder.record(ask, verdictOf(outcome, ask.op))
  const { of } = ask
  if (core.told) core.isChangedAfter = true
  if (line.decision === 'applied') {
    if (of !== null) core.standing.move(of.seq, placeOf(core))
    else {
      const keys = core.router.keys(ask.op, line.payload ?? ask.op.params)
      const { step: at, call, after, end } = placeOf(core)
      core.standing.add({ seq: line.seq, step: at, call, after, end, keys, reverts: ask.reverts })
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
    core.standing.add({ seq: line.seq, ...placeOf(core), keys: core.router.keys(op), reverts: null })
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
