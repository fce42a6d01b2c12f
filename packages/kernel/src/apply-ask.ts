import type { MutableState } from '@hotcb/actuators'
import { type LedgerLine, type Op, type Outcome, ok } from '@hotcb/protocol'
import { type Ask, askFor } from './ask.ts'
import { placeOf, stepOf } from './loop.ts'
import type { KernelParts } from './parts.ts'
import type { RanksOutcome } from './ranks.ts'
import type { Verdict } from './recorder.ts'

/** Applies an accepted op on all ranks or on none, and records its ledger line. Ops of `core` are handled elsewhere. */
export function applyAsk(parts: KernelParts, ask: Ask): LedgerLine {
  const context = parts.context(ask.channel, ask.op.module)
  const at = { step: stepOf(parts.loop), total: parts.loop.total }
  const route = (op: Op): Outcome => parts.router.route(op, context, at)
  const here = { route, state: parts.router.stateOf(ask.op), table: parts.router.table }
  const { op, outcome } = applyValues(ask, here.state, at.step, (resolved) =>
    parts.ranks === null ? route(resolved) : parts.ranks.apply(resolved, ask.channel, at, here),
  )
  const line = parts.recorder.record(ask, verdictOf(outcome, op))
  const { of } = ask
  parts.loop.change()
  if (line.decision === 'applied') {
    if (of !== null) parts.inForce.move(of.seq, placeOf(parts.loop))
    else {
      const touched = outcome.ok ? outcome.touched : undefined
      const keys = touched ?? parts.router.keys(ask.op, line.payload ?? op.params)
      const { step: at, call, after, end } = placeOf(parts.loop)
      parts.inForce.add({ seq: line.seq, step: at, call, after, end, keys, reverts: ask.reverts })
    }
  } else {
    if (of !== null) parts.inForce.delete(of.seq)
    recordBroken(parts, ask, outcome.broken ?? [])
    if (ask.channel === 'recipe')
      parts.condition.addReplayProblem(`step ${parts.loop.step}: ${ask.op.module} ${ask.op.op}: ${line.error}`)
  }
  return line
}

/** Resolves relative values and applies the op. They are resolved only here, so that all ranks apply the same values. */
function applyValues(
  { op, channel, source }: Ask,
  state: MutableState | null,
  step: number,
  apply: (op: Op) => RanksOutcome,
): { readonly op: Op; readonly outcome: RanksOutcome } {
  // Recipes, histories and `hotcb.yaml` must have the same effect on every start, so they cannot refer to a current
  // value.
  const resolved = state === null || channel !== 'live' || source === 'yaml' ? ok(op) : state.resolve(op, step)
  if (!resolved.ok) return { op, outcome: { ok: false, error: resolved.reason } }
  return { op: resolved.value, outcome: apply(resolved.value) }
}

// Disables controls that could not be restored, and records each as an ordinary change.
function recordBroken(parts: KernelParts, ask: Ask, elsewhere: readonly string[]): void {
  for (const key of new Set([...(parts.state?.takeBroken() ?? []), ...elsewhere])) {
    const op: Op = { module: ask.op.module, op: 'disable', id: ask.op.id, params: { key } }
    const notes = 'it could not be restored after a failed change'
    const at = { step: stepOf(parts.loop), total: parts.loop.total }
    const route = (asked: Op): Outcome => parts.router.route(asked, parts.context('kernel', asked.module), at)
    parts.ranks?.apply(op, 'kernel', at, { route, state: parts.router.stateOf(op), table: parts.router.table })
    const line = parts.recorder.record(askFor(op, 'kernel', 'kernel', { notes }), {
      decision: 'applied',
      payload: { key },
      old: { key },
    })
    parts.inForce.add({ seq: line.seq, ...placeOf(parts.loop), keys: parts.router.keys(op), reverts: null })
  }
}

function verdictOf(outcome: RanksOutcome, op: Op): Verdict {
  if (!outcome.ok) {
    const { error, traceback = null, notes = null } = outcome
    return { decision: 'failed', error, traceback, notes, ranks: outcome.ranks ?? null }
  }
  const { payload, old = null, notes = null, ranks = null } = outcome
  // An empty payload in the ledger means that a pending entry was removed.
  const set = hasKeys(payload) ? payload : hasKeys(op.params) ? op.params : null
  return { decision: 'applied', payload: set, old, notes, ranks }
}

function hasKeys(params: Op['params']): boolean {
  for (const _key in params) return true
  return false
}
