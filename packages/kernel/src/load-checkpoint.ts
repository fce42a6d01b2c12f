import { isObject, type Json, type JsonObject, type Op, ok, type Result, refused, show } from '@hotcb/protocol'
import { createHistory, type History, historyOf, isCut } from '@hotcb/recipe'
import { applyAsk } from './apply-ask.ts'
import { type Ask, askFor, joinNotes } from './ask.ts'
import { fail, settle } from './checkpoint.ts'
import type { Core } from './core.ts'
import type { Drive } from './decide.ts'
import type { CheckpointLoaded } from './ports.ts'
import { rewindTo, writeSeam } from './restore.ts'
import { takePlace } from './safe-place.ts'
import { readSnapshot, type Snapshot } from './snapshot.ts'

/**
 * Lets the trainer load what it saved, cuts history from the step it gives on, and makes the changes of `set`: one
 * decision, and one write.
 *
 * Whatever is decided after it in the same `apply` belongs to the end of the step before that one.
 */
export function loadCheckpoint(core: Core, ask: Ask, tag: string | null, drive: Drive): Promise<void> | null {
  const handler = core.options.checkpoints?.load
  if (handler === undefined) return fail(core, ask, 'this trainer registered no `load` for checkpoints')
  core.recorder.flush()
  const set = readSet(core, ask.op.params?.set ?? null, tag)
  if (!set.ok) return fail(core, ask, set.reason)
  return settle(
    core,
    ask,
    { drive, name: 'load', abandon: () => undefined },
    () => handler({ tag }),
    (loaded) => rewind(core, ask, loaded, set.value),
  )
}

function rewind(core: Core, ask: Ask, loaded: CheckpointLoaded, set: readonly Op[]): void {
  const { tag, step } = loaded
  if (!Number.isSafeInteger(step) || step < 0) {
    fail(core, ask, `\`load\` must give {step: whole number >= 0}, got ${String(step)}`)
    return
  }
  const elsewhere = core.ranks?.load(tag) ?? []
  // Everything else that this safe point has decided is on disk, so that load, seam and set are one write.
  core.recorder.flush()
  const ledger = createHistory()
  let lastCall = 0
  for (const line of core.ledger.entries()) {
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
  ledger.add(core.recorder.record(ask, { decision: 'applied', payload: { action: 'load', tag, step }, notes }))
  const { seq } = core.recorder
  ledger.add(writeSeam(core, seam))
  rewindTo(core, seam, snapshot, ledger.history())
  const known = core.calls.lastOf(step - 1) ?? (loaded.calls === undefined ? lastCall : loaded.calls - 1)
  core.step = step - 1
  core.call = step === 0 ? 0 : Math.max(0, known)
  core.isEnd = true
  core.rewound = step
  // Training sees no more of this safe point: its events are of a step that was taken back.
  core.told = true
  takePlace(core)
  const more = { author: ask.author, notes: `set with the load of seq ${seq}` }
  for (const op of set) applyAsk(core, askFor(op, ask.channel, ask.source, more))
  core.recorder.flush()
}

const FOREIGN = "the save of this checkpoint is not part of this run's history: a recipe cannot reproduce this run"

/** Seq of the last ledger line that a checkpoint contains; null when this run's history has no save of it. */
function savedSeq({ saves, tokens }: History, tag: string, snapshot: Snapshot | null): number | null {
  const save = saves.get(tag)
  const kernel = snapshot?.kernel ?? null
  if (save === undefined || (kernel !== null && !tokens.has(kernel.token))) return null
  return kernel?.seq ?? save.seq
}

/** The changes that `set` asks for, as they would fit after the load; or the first that would not. */
function readSet(core: Core, set: Json, tag: string | null): Result<readonly Op[]> {
  if (set === null) return ok([])
  if (!isObject(set)) return refused(`\`set\` must be {module: {key: value}}, got ${show(set)}`)
  const ops: Op[] = []
  for (const [module, params] of Object.entries(set)) {
    if (!isObject(params) || Object.keys(params).length === 0) {
      return refused(`\`set.${module}\` must be {key: value}, got ${show(params)}`)
    }
    const op: Op = { module, op: 'set_params', id: 'main', params: params as JsonObject }
    if (module === 'core' || core.router.stateOf(op) === null) {
      return refused(`\`set.${module}\`: only controls can be set with a load, and \`${module}\` has none`)
    }
    ops.push(op)
  }
  const reason = misfitOf(core, ops, tag)
  return reason === null ? ok(ops) : refused(`\`set\` does not fit: ${reason}`)
}

// What they meet is the history that the load leaves; where that is not known, the values at registration.
function misfitOf(core: Core, ops: readonly Op[], tag: string | null): string | null {
  const history = historyOf(core.ledger.entries())
  const save = tag === null ? undefined : history.saves.get(tag)
  const seam = { step: save?.step ?? 0, endSeq: save?.seq ?? 0 }
  const before = history.entries.filter((entry) => !isCut(entry, seam) && core.router.stateOf(entry.op) !== null)
  const step = Math.max(0, seam.step - 1)
  const folded = [
    ...before.map((entry) => ({ op: entry.op, step: Math.max(0, entry.step), total: core.total })),
    ...ops.map((op) => ({ op, step, total: core.total })),
  ]
  const misfits = core.state?.rehearse(folded) ?? []
  return misfits.find(({ index }) => index >= before.length)?.reason ?? null
}
