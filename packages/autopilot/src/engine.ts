import type { LedgerLine } from '@hotcb/protocol'
import { createParts, type EngineParts, NO_EVENTS } from './engine-parts.ts'
import { recall, restoreEngine, snapshotEngine, statusOf } from './engine-state.ts'
import { hear } from './hear.ts'
import { measure } from './measured.ts'
import { watchRung } from './procedure.ts'
import { firedOf, resolve, resolveRequest, resolveWish } from './resolve.ts'
import type { AutopilotEvent, EngineInput, Rule, RuleEngine, RuleEngineOptions, RuleSet } from './types.ts'

/** Creates an engine for these rules. */
export function createRuleEngine(ruleSet: RuleSet, options: RuleEngineOptions): RuleEngine {
  const parts = createParts(ruleSet, options)
  const { state } = parts
  return {
    get mode() {
      return state.mode
    },
    get keyMetric() {
      return parts.watch.keyMetric
    },
    get waiting() {
      return waitingRescue(parts)
    },
    hasOpen: (rule) => parts.open.all().some((one) => one.rule === rule),
    look: (seen) => look(parts, seen),
    setMode(mode) {
      state.mode = mode
    },
    setSensing(isSensing) {
      state.isSensing = isSensing
    },
    request(seen, wanted) {
      state.events = NO_EVENTS
      if (!parts.changes.hasBegun) parts.changes.begin(seen.controls())
      resolveWish(parts, seen, wanted)
      return state.events
    },
    propose(seen, request, stale) {
      state.events = NO_EVENTS
      if (!parts.changes.hasBegun) parts.changes.begin(seen.controls())
      resolveRequest(parts, seen, request, stale)
      return state.events
    },
    fill(seen) {
      take(parts, seen)
      state.events = NO_EVENTS
    },
    recall: (story, ledger = []) => recall(parts, story, ledger),
    saving: (total) => ({
      epochSteps: parts.epochs.steps(total),
      isBusy: state.procedure !== null,
      checkpoints: parts.checkpoints.all(),
      permission: parts.limits.words.checkpoint,
    }),
    status: () => statusOf(parts),
    snapshot: () => snapshotEngine(parts),
    restore: (saved) => restoreEngine(parts, saved),
  }
}

function look(parts: EngineParts, seen: EngineInput): readonly AutopilotEvent[] {
  const { state, open } = parts
  const { due, isBack } = take(parts, seen)
  if (state.mode === 'off') return state.events
  if (!open.isEmpty) lapse(parts, seen)
  if (state.measured.length > 0) measure(parts, seen.step)
  if (state.procedure !== null) watchRung(parts, seen, isBack)
  const fired = firedOf(parts, seen, due)
  if (fired.length > 0) resolve(parts, seen, fired)
  return state.events
}

/** Reads the new input. Returns the rules that have a new value, and whether the run was rewound. */
function take(parts: EngineParts, seen: EngineInput): { readonly due: readonly Rule[]; readonly isBack: boolean } {
  const { state, changes } = parts
  const { step, lines } = seen
  const before = { clock: state.clock, step: state.lastStep }
  const isBack = before.step !== null && step < before.step
  state.clock += before.step === null || isBack ? 1 : step - before.step
  state.lastStep = step
  if (isBack) state.actedLast = null
  state.events = NO_EVENTS
  if (!changes.hasBegun) changes.begin(seen.controls())
  for (const line of lines) hear(parts, line, { step, clock: clockOf(line, before, state.clock) })
  parts.epochs.take(step, seen.epoch)
  return { due: parts.watch.take(step, seen.metrics), isBack }
}

function waitingRescue({ open, state }: EngineParts): string | null {
  const cid = state.procedure?.state.awaits ?? null
  if (cid === null) return null
  return open.all().find((action) => action.cid === cid && action.isProposal)?.id ?? null
}

/**
 * Returns the number of computed steps at a ledger line. An evaluation may receive a line from a later or an earlier step than its own: a
 * change's effect is counted from its own step, whenever its line arrives.
 */
function clockOf(
  line: LedgerLine,
  before: { readonly clock: number; readonly step: number | null },
  now: number,
): number {
  if (before.step === null || line.step === null) return now
  return before.clock + Math.max(0, line.step - before.step)
}

/** Removes proposals that no one answered in time. */
function lapse({ open, state }: EngineParts, { step, now }: EngineInput): void {
  for (const { cid } of open.lapsed(step, now)) if (state.procedure?.state.awaits === cid) state.procedure = null
}
