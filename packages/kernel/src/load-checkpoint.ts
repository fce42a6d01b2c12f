import { isObject, type Json, type JsonObject, type Op, ok, type Result, refused, show } from '@hotcb/protocol'
import { createHistory, type History, historyOf, isCut } from '@hotcb/recipe'
import { applyAsk } from './apply-ask.ts'
import { type Ask, askFor, joinNotes } from './ask.ts'
import { fail, settle } from './checkpoint.ts'
import type { Drive } from './decide.ts'
import type { KernelParts } from './parts.ts'
import type { CheckpointLoaded } from './ports.ts'
import { rewindTo, writeSeam } from './restore.ts'
import { takePlace } from './safe-place.ts'
import { readSnapshot, type Snapshot } from './snapshot.ts'

/**
 * Calls the trainer to load a checkpoint, cuts the history from the returned step on, and applies the changes in `set`.
 * All of this is one decision, and one write.
 *
 * Changes that are applied later in the same `apply` belong to the end of the step before the returned one.
 */
export function loadCheckpoint(parts: KernelParts, ask: Ask, tag: string | null, drive: Drive): Promise<void> | null {
  const { load: handler, noLoad } = parts.options.checkpoints ?? {}
  if (handler === undefined) {
    const why = noLoad === undefined ? '' : `: ${noLoad}`
    return fail(parts, ask, `this trainer registered no \`load\` for checkpoints${why}`)
  }
  parts.recorder.flush()
  const set = readSet(parts, ask.op.params?.set ?? null, tag)
  if (!set.ok) return fail(parts, ask, set.reason)
  return settle(
    parts,
    ask,
    { drive, name: 'load', abandon: () => undefined },
    () => handler({ tag }),
    (loaded) => rewind(parts, ask, loaded, set.value),
  )
}

function rewind(parts: KernelParts, ask: Ask, loaded: CheckpointLoaded, set: readonly Op[]): void {
  const { tag, step } = loaded
  if (!Number.isSafeInteger(step) || step < 0) {
    fail(parts, ask, `\`load\` must return {step: whole number >= 0}, got ${String(step)}`)
    return
  }
  const elsewhere = parts.ranks?.load(tag) ?? []
  // The earlier lines of this safe point are written first, so that the load, its seam and its `set` are one write.
  parts.recorder.flush()
  const ledger = createHistory({ table: parts.router.table })
  let lastCall = 0
  for (const line of parts.ledger.entries()) {
    ledger.add(line)
    if (line.step === step - 1) lastCall = Math.max(lastCall, line.call ?? 0)
  }
  const before = ledger.history()
  const snapshot = readSnapshot(loaded.snapshot ?? null)
  const endSeq = savedSeq(before, tag, snapshot)
  const notes = joinNotes(
    elsewhere.length > 0 ? `not loaded on every rank: ${elsewhere.join('; ')}` : null,
    endSeq === null ? FOREIGN : null,
  )
  const seam = { step, endSeq: endSeq ?? 0 }
  ledger.add(parts.recorder.record(ask, { decision: 'applied', payload: { action: 'load', tag, step }, notes }))
  const { seq } = parts.recorder
  ledger.add(writeSeam(parts, seam))
  rewindTo(parts, seam, snapshot, ledger.history())
  const known = parts.loop.lastCallOf(step - 1) ?? (loaded.calls === undefined ? lastCall : loaded.calls - 1)
  parts.loop.rewindTo(step, step === 0 ? 0 : Math.max(0, known))
  takePlace(parts)
  const more = { author: ask.author, notes: `set with the load of seq ${seq}` }
  for (const op of set) applyAsk(parts, askFor(op, ask.channel, ask.source, more))
  parts.recorder.flush()
}

const FOREIGN = "the save of this checkpoint is not part of this run's history: a recipe cannot reproduce this run"

/**
 * Returns the seq of the last ledger line that a checkpoint contains; null if this run's history does not record that
 * it was saved.
 */
function savedSeq({ saves, tokens }: History, tag: string, snapshot: Snapshot | null): number | null {
  const save = saves.get(tag)
  const kernel = snapshot?.kernel ?? null
  if (save === undefined || (kernel !== null && !tokens.has(kernel.token))) return null
  return kernel?.seq ?? save.seq
}

/** Returns the changes in `set`, checked against the state after the load. An error names the first invalid one. */
function readSet(parts: KernelParts, set: Json, tag: string | null): Result<readonly Op[]> {
  if (set === null) return ok([])
  if (!isObject(set)) return refused(`\`set\` must be {module: {key: value}}, got ${show(set)}`)
  const ops: Op[] = []
  for (const [module, params] of Object.entries(set)) {
    if (!isObject(params) || Object.keys(params).length === 0) {
      return refused(`\`set.${module}\` must be {key: value}, got ${show(params)}`)
    }
    const op: Op = { module, op: 'set_params', id: 'main', params: params as JsonObject }
    if (module === 'core' || parts.router.stateOf(op) === null) {
      return refused(`\`set.${module}\`: only controls can be set with a load, and \`${module}\` has none`)
    }
    ops.push(op)
  }
  const reason = mismatchOf(parts, ops, tag)
  return reason === null ? ok(ops) : refused(`\`set\` is invalid: ${reason}`)
}

// The state after the load follows from the history that the load keeps. If that is unknown, the values at registration
// are used.
function mismatchOf(parts: KernelParts, ops: readonly Op[], tag: string | null): string | null {
  const history = historyOf(parts.ledger.entries(), { table: parts.router.table })
  const save = tag === null ? undefined : history.saves.get(tag)
  const seam = { step: save?.step ?? 0, endSeq: save?.seq ?? 0 }
  const before = history.entries.filter((entry) => !isCut(entry, seam) && parts.router.stateOf(entry.op) !== null)
  const step = Math.max(0, seam.step - 1)
  const folded = [
    ...before.map((entry) => ({ op: entry.op, step: Math.max(0, entry.step), total: parts.loop.total })),
    ...ops.map((op) => ({ op, step, total: parts.loop.total })),
  ]
  const mismatches = parts.state?.rehearse(folded) ?? []
  return mismatches.find(({ index }) => index >= before.length)?.reason ?? null
}
