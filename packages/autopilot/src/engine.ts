import { createParts, type EngineParts, NO_EVENTS } from './engine-parts.ts'
import { recall, restoreEngine, snapshotEngine, statusOf } from './engine-state.ts'
import { hear } from './hear.ts'
import { measure } from './measured.ts'
import { watchRung } from './procedure.ts'
import { firedOf, resolve } from './resolve.ts'
import type { AutopilotEvent, Engine, EngineOptions, Rule, RuleSet, Seen } from './types.ts'

/** An engine over these rules. */
export function createEngine(ruleSet: RuleSet, options: EngineOptions): Engine {
  const parts = createParts(ruleSet, options)
  const { state } = parts
  return {
    get mode() {
      return state.mode
    },
    get keyMetric() {
      return parts.watch.keyMetric
    },
    look: (seen) => look(parts, seen),
    setMode(mode) {
      state.mode = mode
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
    }),
    status: () => statusOf(parts),
    snapshot: () => snapshotEngine(parts),
    restore: (saved) => restoreEngine(parts, saved),
  }
}

function look(parts: EngineParts, seen: Seen): readonly AutopilotEvent[] {
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

/** Takes what was seen. Gives the rules of which a metric has a new value, and whether the run went back. */
function take(parts: EngineParts, seen: Seen): { readonly due: readonly Rule[]; readonly isBack: boolean } {
  const { state, changes } = parts
  const { step, lines } = seen
  const isBack = state.lastStep !== null && step < state.lastStep
  state.clock += state.lastStep === null || isBack ? 1 : step - state.lastStep
  state.lastStep = step
  state.events = NO_EVENTS
  if (!changes.hasBegun) changes.begin(seen.controls())
  for (const line of lines) hear(parts, line, step)
  parts.epochs.take(step, seen.epoch)
  return { due: parts.watch.take(step, seen.metrics), isBack }
}

/** Forgets proposals that nobody answered in time. */
function lapse({ open, state }: EngineParts, { step, now }: Seen): void {
  for (const { cid } of open.lapsed(step, now)) if (state.procedure?.state.awaits === cid) state.procedure = null
}
